"""Heads, losses and second stages that MMPose lacks; importing registers them."""

from .coarse_to_fine import CoarseToFineEstimator, CropHeatmapHead
from .heads import PointHeatmapHead, SchemeHeatmapHead, SoftmaxHeatmapHead
from .losses import HeatmapCrossEntropyLoss
from .plain_cnn import PlainCNN
from .regression import SchemeRegressionHead
from .segnet import SegNet
from .shape_errors import DetectorErrors
from .shape_refiner import ShapeRefinedEstimator, ShapeRefiner
from .unet import ResidualUNet

__all__ = [
    'CoarseToFineEstimator',
    'CropHeatmapHead',
    'DetectorErrors',
    'HeatmapCrossEntropyLoss',
    'PlainCNN',
    'PointHeatmapHead',
    'ResidualUNet',
    'SchemeHeatmapHead',
    'SchemeRegressionHead',
    'SegNet',
    'ShapeRefinedEstimator',
    'ShapeRefiner',
    'SoftmaxHeatmapHead',
]
