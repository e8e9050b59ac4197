"""What makes a face harder to read, in doses: for the study of robustness.

Each draws from the sample's id, so the same image is disturbed alike in every run.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class BBoxJitter(BaseTransform):
    """Move a box and change its size. After the image is loaded, before it is cropped.

    Args:
        share: Centre and sides change by up to so much of the sides, evenly drawn.
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
    """Show an image as if its face were so small; points and size stay as they are.

    Args:
        side: What the square root of the box's area becomes, pixels. A face that is
            smaller stays.
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
    """Lay a gray rectangle of the box's proportions over a part of the face.

    Args:
        share: Of the box's area.
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
