"""Heads, losses and second stages that MMPose lacks; importing registers them."""

from .coarse_to_fine import CoarseToFineEstimator, CropHeatmapHead
from .heads import SchemeHeatmapHead, SoftmaxHeatmapHead
from .losses import HeatmapCrossEntropyLoss
from .shape_errors import DetectorErrors
from .shape_refiner import ShapeRefinedEstimator, ShapeRefiner
from .unet import ResidualUNet

__all__ = [
    'CoarseToFineEstimator',
    'CropHeatmapHead',
    'DetectorErrors',
    'HeatmapCrossEntropyLoss',
    'ResidualUNet',
    'SchemeHeatmapHead',
    'ShapeRefinedEstimator',
    'ShapeRefiner',
    'SoftmaxHeatmapHead',
]
