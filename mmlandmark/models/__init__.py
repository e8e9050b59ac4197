"""Heads and losses that MMPose lacks; importing registers them."""

from .heads import SchemeHeatmapHead, SoftmaxHeatmapHead
from .losses import HeatmapCrossEntropyLoss

__all__ = ['HeatmapCrossEntropyLoss', 'SchemeHeatmapHead', 'SoftmaxHeatmapHead']
