"""Image perturbations of graded severity for robustness tests.

The random generator is seeded by the id of the sample: each image gets the same
perturbation in every run.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class BBoxJitter(BaseTransform):
    """Shift and scale the bounding box at random; goes before the crop.

    Args:
        share: Largest change of the centre and of the sides, as a fraction of the sides;
            uniformly distributed.
    """

    def __init__(self, share: float):
        self.share = share

    def transform(self, results: dict) -> dict:
        """Change ``bbox`` ``(1, 4)``."""
        random = _random(results)
        box = np.asarray(results['bbox'][0], float)
        sides = box[2:] - box[:2]
        centre = (box[:2] + box[2:]) / 2 + random.uniform(-1, 1, 2) * self.share * sides
        half = sides / 2 * (1 + random.uniform(-1, 1) * self.share)
        moved = np.concatenate([centre - half, centre + half])
        results['bbox'] = moved[None].astype(np.float32)
        return results


@TRANSFORMS.register_module()
class ReduceResolution(BaseTransform):
    """Reduce the resolution of an image: downsample, then upsample to the same size.

    Args:
        side: Square root of the box's area after downsampling, in pixels. Images of smaller
            faces are not changed.
    """

    def __init__(self, side: float):
        self.side = side

    def transform(self, results: dict) -> dict:
        """Change ``img``."""
        box, image = results['bbox'][0], results['img']
        scale = self.side / float(np.sqrt(np.prod(box[2:] - box[:2])))
        if scale < 1:
            height, width = image.shape[:2]
            size = max(1, round(width * scale)), max(1, round(height * scale))
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            results['img'] = cv2.resize(small, (width, height))
        return results


@TRANSFORMS.register_module()
class Cutout(BaseTransform):
    """Cover a random part of the face by a gray rectangle with the box's aspect ratio.

    Args:
        share: Area of the rectangle as a fraction of the box's area.
    """

    def __init__(self, share: float):
        self.share = share

    def transform(self, results: dict) -> dict:
        """Change ``img``."""
        box = np.asarray(results['bbox'][0], float)
        sides = (box[2:] - box[:2]) * np.sqrt(self.share)
        room = box[2:] - box[:2] - sides
        corner = box[:2] + _random(results).uniform(0, 1, 2) * room
        (x1, y1), (x2, y2) = np.round([corner, corner + sides]).astype(int).clip(0)
        image = results['img'].copy()
        image[y1:y2, x1:x2] = 128
        results['img'] = image
        return results


def _random(results: dict) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(str(results['sample_id']).encode()))
