"""Transforms that MMPose lacks: image loading, intensity changes, packing."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS

from ...io.load import load_image
from ...io.pixels import as_bgr


@TRANSFORMS.register_module()
class LoadLandmarkImage(BaseTransform):
    """Load any image file that :func:`mmlandmark.io.load_image` reads, as BGR uint8.

    Unlike MMPose's ``LoadImage`` it raises an error on truncated files and keeps the
    contrast of 16-bit radiographs. An array in ``results['img']`` is kept.
    """

    def transform(self, results: dict) -> dict:
        """Set ``img``, ``img_shape`` and ``ori_shape``."""
        if 'img' not in results:
            results['img'] = as_bgr(load_image(results['img_path']).pixels)
        results.setdefault('img_path', None)
        results['img_shape'] = results['ori_shape'] = results['img'].shape[:2]
        return results


@TRANSFORMS.register_module()
class RandomIntensity(BaseTransform):
    """Change gamma, contrast, brightness and noise at random, like exposure and detector.

    Channels after the third (depth) are not changed.

    Args:
        gamma: Largest change of gamma, as a factor: 1.5 draws from 1/1.5 to 1.5,
            uniformly in the logarithm.
        contrast: Largest change of contrast about the mean, as a factor.
        brightness: Largest shift, in gray values.
        noise: Largest standard deviation of Gaussian noise, in gray values.
        prob: Probability of each change (gamma; contrast with brightness; noise).
        invert: Probability of a negative, independent of the other changes.
    """

    def __init__(
        self,
        gamma: float = 1.5,
        contrast: float = 1.3,
        brightness: float = 20,
        noise: float = 8,
        prob: float = 0.5,
        invert: float = 0.0,
    ):
        self.gamma = gamma
        self.contrast = contrast
        self.brightness = brightness
        self.noise = noise
        self.prob = prob
        self.invert = invert

    def transform(self, results: dict) -> dict:
        """Change the colours of ``results['img']``, ``(H, W, C)`` uint8 to uint8."""
        image = np.ascontiguousarray(results['img'][..., :3])
        levels: np.ndarray = np.arange(256, dtype=np.float32)
        if np.random.rand() < self.prob:
            levels = 255 * (levels / 255) ** _log_uniform(self.gamma)
        if np.random.rand() < self.prob:
            mean = float(levels[np.clip(round(float(image.mean())), 0, 255)])
            levels = (levels - mean) * _log_uniform(self.contrast) + mean
            levels = levels + np.random.uniform(-self.brightness, self.brightness)
        image = cv2.LUT(image, np.clip(levels, 0, 255).astype(np.uint8))
        if np.random.rand() < self.prob:
            image = self._add_noise(image)
        if self.invert and np.random.rand() < self.invert:
            image = 255 - image
        results['img'] = np.dstack([image, results['img'][..., 3:]])
        return results

    def _add_noise(self, image: np.ndarray) -> np.ndarray:
        # the same noise in all channels, as in a radiograph
        plane = np.random.randn(*image.shape[:2]).astype(np.float32)
        noisy = image + plane[..., None] * np.random.uniform(0, self.noise)
        return np.clip(noisy, 0, 255).astype(np.uint8)


def _log_uniform(factor: float) -> float:
    return float(np.exp(np.random.uniform(-1, 1) * np.log(factor)))


@TRANSFORMS.register_module()
class PackLandmarkInputs(PackPoseInputs):
    """MMPose's ``PackPoseInputs`` with the meta keys and labels of this package."""

    def __init__(self, pack_transformed: bool = False):
        super().__init__(pack_transformed=pack_transformed)
        ours = ('spacing', 'sample_id', 'annotators', 'occluded', 'pose', 'points_z')
        self.meta_keys: tuple = (*self.meta_keys, *ours)

    def transform(self, results: dict) -> dict:
        """Pack as MMPose does, with the labels of ``LabelGuide`` and ``LabelDepth``."""
        # set by the codec, where GenerateTarget has run
        table = results.get('label_mapping_table') or self.label_mapping_table
        ours = {key: key for key in ('guide_labels', 'depth_labels')}
        results['label_mapping_table'] = {**table, **ours}
        return super().transform(results)
