"""RGB-D input: the depth map as the fourth channel of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS, TRANSFORMS

from ...errors import InputError
from ...io.pillow_files import read_values
from ...io.pixels import stretch


@TRANSFORMS.register_module()
class LoadDepth(BaseTransform):
    """Append the depth map to the image: ``(H, W, 3)`` BGR to ``(H, W, 4)``, uint8.

    The finite values of each map are scaled to 0..255; missing depth (NaN) and a constant
    map become 0. Goes after ``LoadLandmarkImage`` and after transforms that take three
    channels.
    """

    def transform(self, results: dict) -> dict:
        """Read ``depth_path`` and change ``img``.

        Raises:
            InputError: The image has no depth map, or one of another size.
        """
        name = results.get('sample_id') or results.get('img_path') or 'of an array'
        if 'depth_path' not in results:
            raise InputError(
                f'image {name} has no depth map, which this config needs: prepare data '
                'with depth maps (photo-pickle with depth_feature), or use a config '
                'without LoadDepth, such as configs/ceph_hrnetv2.py'
            )
        image, depth = results['img'], read_values(results['depth_path'], 'depth map')
        if depth.shape != image.shape[:2]:
            raise InputError(
                f'image {name} and its depth map differ in size ({image.shape[:2]} and '
                f'{depth.shape}): prepare the data again'
            )
        plane = np.round(stretch(depth, 255)).astype(np.uint8)
        results['img'] = np.dstack([image, plane])
        return results


@MODELS.register_module()
class DepthDataPreprocessor(PoseDataPreprocessor):
    """MMPose's preprocessor for four channels; MMEngine's takes one or three.

    Args:
        mean: Means of red, green, blue and depth.
        std: Standard deviations of red, green, blue and depth.
        bgr_to_rgb: Whether to convert BGR to RGB; depth stays last.
        **kwargs: As for ``PoseDataPreprocessor``.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        bgr_to_rgb: bool = True,
        **kwargs,
    ):
        super().__init__(mean[:1], std[:1], **kwargs)  # runs its checks
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.std = torch.tensor(std).view(-1, 1, 1)
        self.order = [2, 1, 0, 3] if bgr_to_rgb else [0, 1, 2, 3]

    def forward(self, data: dict, training: bool = False) -> dict:
        """Reorder the channels, then normalise and pad as MMPose does."""
        inputs = [image[self.order] for image in data['inputs']]
        return super().forward({**data, 'inputs': inputs}, training)
