"""Heads, losses and second stages that MMPose lacks; importing registers them."""

from .. import shims  # noqa: F401

# isort: split
from .coarse_to_fine import CoarseToFineEstimator, CropHeatmapHead
from .fan import FAN
from .fan_heatmap import FANHeatmap
from .guided import DepthEstimator, DepthHead, GuidedEstimator
from .heads import PointHeatmapHead, SchemeHeatmapHead, SoftmaxHeatmapHead
from .losses import HeatmapCrossEntropyLoss
from .part_losses import WeightedCrossEntropy
from .plain_cnn import PlainCNN
from .regression import SchemeRegressionHead
from .segnet import SegNet
from .shape_errors import DetectorErrors
from .shape_refiner import ShapeRefinedEstimator, ShapeRefiner
from .stacked_heads import HeatmapBCELoss, StackedHeatmapHead, StackedPointHead
from .unet import ResidualUNet

__all__ = [
    'FAN',
    'CoarseToFineEstimator',
    'CropHeatmapHead',
    'DepthEstimator',
    'DepthHead',
    'DetectorErrors',
    'FANHeatmap',
    'GuidedEstimator',
    'HeatmapBCELoss',
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
    'StackedHeatmapHead',
    'StackedPointHead',
    'WeightedCrossEntropy',
]
