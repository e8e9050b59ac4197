"""Random changes of what surrounds a radiograph or photograph: borders and collimation."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomBorder(BaseTransform):
    """Surround the image by one gray value: black, white or any; goes before the crop.

    The bounding box keeps to the original image, so that a crop of a larger scale contains
    the border.

    Args:
        share: Width of the border as a fraction of the longer side.
        prob: Probability of a border that is not black.
    """

    def __init__(self, share: float = 0.5, prob: float = 0.5):
        self.share = share
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``img``, ``keypoints`` and ``bbox``."""
        if np.random.rand() >= self.prob:
            return results
        width = round(self.share * max(results['img'].shape[:2]))
        results['img'] = cv2.copyMakeBorder(
            results['img'],
            width,
            width,
            width,
            width,
            borderType=cv2.BORDER_CONSTANT,
            value=[_random_gray()] * 3,
        )
        results['img_shape'] = results['img'].shape[:2]
        results['keypoints'] = results['keypoints'] + np.float32(width)
        results['bbox'] = results['bbox'] + np.float32(width)
        return results


@TRANSFORMS.register_module()
class RandomCollimation(BaseTransform):
    """Hide what lies outside of a random rectangle, as a collimator or a cut does.

    Goes after the crop. The points keep their places: a hidden one is to be inferred from
    what is visible.

    Args:
        share: Largest fraction of the width or height that is hidden at each side.
        prob: Probability of the change.
    """

    def __init__(self, share: float = 0.3, prob: float = 0.3):
        self.share = share
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``img``."""
        if np.random.rand() >= self.prob:
            return results
        height, width = results['img'].shape[:2]
        left, right, top, bottom = np.random.uniform(0, self.share, 4) * (
            np.random.rand(4) < 0.5
        )
        rows = slice(round(top * height), round((1 - bottom) * height))
        columns = slice(round(left * width), round((1 - right) * width))
        image = np.full_like(results['img'], _random_gray())
        image[rows, columns] = results['img'][rows, columns]
        results['img'] = image
        return results


def _random_gray() -> int:
    """Black, white or a random gray value."""
    return int(np.random.choice([0, 255, np.random.randint(256)]))
