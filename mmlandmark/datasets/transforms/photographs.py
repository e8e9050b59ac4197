"""Random changes of crops of faces: covered parts, and blur or low resolution."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomOcclusion(BaseTransform):
    """Cover a part of the face, as a mask, a hand or sunglasses do.

    Goes after the crop. The points and their weights are not changed: a covered one is to
    be inferred from what is visible. The cover has a random colour, uneven by up to 30 gray
    values.

    Args:
        prob: Probability of the change.
        mask: Share of the changes that cover all of the face beyond a line, mostly below;
            the others cover a rotated rectangle about a point.
    """

    def __init__(self, prob: float = 0.3, mask: float = 0.5):
        self.prob = prob
        self.mask = mask

    def transform(self, results: dict) -> dict:
        """Change ``img`` ``(H, W, 3)`` about ``transformed_keypoints`` ``(1, K, 2)``."""
        if np.random.rand() >= self.prob:
            return results
        known = results['keypoints_visible'][0] > 0
        points = results['transformed_keypoints'][0][known].astype(np.float32)
        if len(points) < 3:
            return results
        cover = _beyond_a_line if np.random.rand() < self.mask else _rectangle
        height, width = results['img'].shape[:2]
        covered = np.zeros((height, width), np.uint8)
        cv2.fillPoly(covered, [cover(points).round().astype(np.int32)], 1)
        uneven = np.random.uniform(0, 255, 3) + np.random.uniform(-30, 30, (4, 4, 3))
        paint = cv2.resize(uneven.clip(0, 255).astype(np.uint8), (width, height))
        results['img'] = np.where(covered[..., None] > 0, paint, results['img'])
        return results


def _beyond_a_line(points: np.ndarray) -> np.ndarray:
    """The part of the convex hull of points beyond a line, slightly enlarged.

    The line lies at 0.3 to 0.75 of the extent of the points across it; the covered side is
    below, with a standard deviation of 35 degrees, or one time in five any.
    """
    degrees = np.random.normal(90, 35)
    if np.random.rand() < 0.2:
        degrees = np.random.uniform(0, 360)
    normal = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    hull = cv2.convexHull(points)[:, 0]
    along = hull @ normal
    line = along.min() + np.random.uniform(0.3, 0.75) * np.ptp(along)
    corners = []
    for here, there in zip(range(-1, len(hull) - 1), range(len(hull)), strict=True):
        a, b = along[here] - line, along[there] - line
        if a * b < 0:  # the edge crosses the line
            corners.append(hull[here] + (hull[there] - hull[here]) * a / (a - b))
        if b >= 0:
            corners.append(hull[there])
    polygon = np.array(corners)
    middle = polygon.mean(axis=0)
    return middle + (polygon - middle) * np.random.uniform(1, 1.15)


def _rectangle(points: np.ndarray) -> np.ndarray:
    """A rotated rectangle about one of the points, 0.1 to 0.5 of their extent wide."""
    centre = points[np.random.randint(len(points))]
    sides = np.random.uniform(0.1, 0.5, 2) * np.ptp(points, axis=0)
    angle = np.random.uniform(-45, 45)
    return cv2.boxPoints((centre.tolist(), sides.tolist(), float(angle)))


@TRANSFORMS.register_module()
class RandomBlur(BaseTransform):
    """Blur a crop or reduce its resolution, like that of a moving or a distant face.

    Args:
        sigma: Largest standard deviation of the Gaussian, as a fraction of the width.
        side: Smallest width after downsampling, pixels, log-uniform.
        prob: Probability of the change, which is either of the two.
    """

    def __init__(self, sigma: float = 0.02, side: int = 32, prob: float = 0.3):
        self.sigma = sigma
        self.side = side
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``img``, ``(H, W, C)`` uint8."""
        if np.random.rand() >= self.prob:
            return results
        image = results['img']
        height, width = image.shape[:2]
        if np.random.rand() < 0.5:
            sigma = np.random.uniform(0.2, self.sigma * width)
            results['img'] = cv2.GaussianBlur(image, (0, 0), sigma)
            return results
        factor = float(np.exp(np.random.uniform(np.log(self.side / width), 0)))
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        results['img'] = cv2.resize(small, (width, height))
        return results
