"""Backbones, heads, losses and estimators that MMPose lacks; importing registers them."""

from ..compat import activate as shims  # noqa: F401

# isort: split
from .backbones.efficientnet_lite import EfficientNetLite
from .backbones.fan import FAN
from .backbones.plain_cnn import PlainCNN
from .backbones.segnet import SegNet
from .backbones.unet import ResidualUNet
from .estimators.coarse_to_fine import CoarseToFineEstimator, CropHeatmapHead
from .estimators.face_depth import FaceDepthEstimator
from .estimators.heatmap_conditioned import (
    DepthEstimator,
    DepthHead,
    HeatmapConditionedEstimator,
)
from .estimators.shape_errors import DetectorErrors
from .estimators.shape_refiner import ShapeRefinedEstimator, ShapeRefiner
from .heads.fan_heatmap import FANHeatmap
from .heads.heatmap import PointHeatmapHead, SchemeHeatmapHead, SoftmaxHeatmapHead
from .heads.regression import SchemeRegressionHead
from .heads.stacked import HeatmapBCELoss, StackedHeatmapHead, StackedPointHead
from .losses.keypoints import HeatmapCrossEntropyLoss
from .losses.parts import WeightedCrossEntropy
from .necks.top_down import TopDownNeck

__all__ = [
    'FAN',
    'CoarseToFineEstimator',
    'CropHeatmapHead',
    'DepthEstimator',
    'DepthHead',
    'DetectorErrors',
    'EfficientNetLite',
    'FANHeatmap',
    'FaceDepthEstimator',
    'HeatmapBCELoss',
    'HeatmapConditionedEstimator',
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
    'TopDownNeck',
    'WeightedCrossEntropy',
]
