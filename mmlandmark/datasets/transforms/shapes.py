"""Packs points without their image, the input of a shape refiner in training."""

from __future__ import annotations

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures import PoseDataSample


@TRANSFORMS.register_module()
class PackShape(BaseTransform):
    """Pack the annotated points as input of the model, without an image."""

    def transform(self, results: dict) -> dict:
        """``inputs``: ``(K, 2)`` float32 x, y in pixels, NaN where not annotated."""
        visible = np.asarray(results['keypoints_visible'][0]) > 0
        points = np.where(visible[:, None], results['keypoints'][0], np.nan)
        sample = PoseDataSample(metainfo=dict(sample_id=results.get('sample_id')))
        inputs = torch.as_tensor(points, dtype=torch.float32)
        return dict(inputs=inputs, data_samples=sample)
