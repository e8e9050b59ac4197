"""Predicts the points of each image from the other images of a data set, by regression.

Ridge regression in two stages after the supervised descent method (Xiong & De la Torre,
CVPR 2013): from HOG features of the whole image to all points, then from SIFT features
around these to the remaining offsets. Each fold of images is predicted from the others, and
the second stage starts everywhere from such predictions, so no label predicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from ..io.load import load_image
from ..io.pixels import as_bgr
from .shapes import FOLDS, shape_sizes

#: Longer side of the images from which SIFT features are computed, pixels.
SIDE = 300
#: Side of the square to which an image is stretched for its HOG features, pixels.
HOG_SIDE = 128
#: Diameter of a SIFT keypoint, as a part of the median size of the shapes.
KEYPOINT = 0.11
#: Ridge penalty in units of the mean eigenvalue of the kernel matrix.
PENALTY = 0.1
#: Targets are limited to this many robust standard deviations, since labels may be wrong.
CLIP = 4.0
#: At most this many images predict a fold, which bounds the time for large data sets.
MOST_IMAGES = 1000


class ImageRegression:
    """The images of a data set, prepared to predict the points of each from the others.

    Args:
        paths: Image id to file; files that do not exist are left out.
        track: Wraps the sequence of ids, to show the progress.

    Raises:
        InputError: An image cannot be read.
    """

    def __init__(
        self,
        paths: dict[str, Path],
        track: Callable[[Sequence], Iterable] = iter,
    ):
        self.ids = [one for one, path in paths.items() if Path(path).is_file()]
        cell = HOG_SIDE // 8
        # blocks of two by two cells that overlap by one
        hog = cv2.HOGDescriptor(
            (HOG_SIDE, HOG_SIDE), (2 * cell, 2 * cell), (cell, cell), (cell, cell), 9
        )
        self._sift = cv2.SIFT.create()
        self._grays: list[np.ndarray] = []
        self._scales = np.empty((len(self.ids), 2))
        features = []
        for number, one in enumerate(track(self.ids)):
            gray = cv2.cvtColor(
                as_bgr(load_image(paths[one]).pixels), cv2.COLOR_BGR2GRAY
            )
            height, width = gray.shape
            factor = SIDE / max(height, width)
            small = (max(1, round(width * factor)), max(1, round(height * factor)))
            self._grays.append(cv2.resize(gray, small, interpolation=cv2.INTER_AREA))
            self._scales[number] = small[0] / width, small[1] / height
            square = cv2.resize(
                gray, (HOG_SIDE, HOG_SIDE), interpolation=cv2.INTER_AREA
            )
            features.append(np.ravel(hog.compute(square)))
        self._hog = np.array(features, float)

    def __call__(self, points: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Predict the points of each image from the images and labels of the others.

        Args:
            points: Image id to ``(K, 2)`` labels, 0-based pixels, NaN where missing. Ids
                without an image are left out.

        Returns:
            Image id to ``(K, 2)`` pixels.
        """
        rows = [n for n, one in enumerate(self.ids) if one in points]
        if len(rows) < FOLDS:
            return {}
        scales = self._scales[rows][:, None]
        labels = np.stack([points[self.ids[n]] for n in rows])
        small = (labels + 0.5) * scales - 0.5
        # the first stage receives the image as a square of side 1
        shapes = np.array([self._grays[n].shape[::-1] for n in rows])[:, None]
        found = out_of_fold(self._hog[rows], (small + 0.5) / shapes) * shapes - 0.5
        diameter = KEYPOINT * float(np.median(shape_sizes(small)))
        features = np.stack(
            [
                self._around(self._grays[n], where, diameter)
                for n, where in zip(rows, found, strict=True)
            ]
        )
        found = found + out_of_fold(features, small - found)
        full = (found + 0.5) / scales - 0.5
        return {self.ids[n]: where for n, where in zip(rows, full, strict=True)}

    def _around(self, gray: np.ndarray, where: np.ndarray, size: float) -> np.ndarray:
        """RootSIFT features around points ``(K, 2)``, upright, of all points together."""
        inside = np.clip(where, 0, np.array(gray.shape[::-1]) - 1.0)
        keypoints = [cv2.KeyPoint(x, y, size, 0.0) for x, y in inside.tolist()]
        _, found = self._sift.compute(gray, keypoints)
        total = np.maximum(found.sum(axis=1, keepdims=True), 1e-6)
        return np.sqrt(found / total).ravel()


def out_of_fold(features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Ridge regression in ten folds of images; each is predicted from the others.

    Args:
        features: ``(N, F)``.
        targets: ``(N, K, 2)``; NaN counts as the median of the images that predict.

    Returns:
        ``(N, K, 2)``.
    """
    rng = np.random.default_rng(0)
    flat = targets.reshape(len(targets), -1)
    kernel = features @ features.T
    found = np.empty_like(flat)
    order = rng.permutation(len(flat))
    for fold in np.array_split(order, FOLDS):
        rest = rng.permutation(np.setdiff1d(order, fold))[:MOST_IMAGES]
        mean_target, offsets = _limited(flat[rest])
        own, cross = kernel[np.ix_(rest, rest)], kernel[np.ix_(fold, rest)]
        # the features relative to the mean features of the rest
        mean = own.mean(axis=0)
        cross = cross - cross.mean(axis=1, keepdims=True) - mean + mean.mean()
        own = own - mean - mean[:, None] + mean.mean()
        own[np.diag_indices_from(own)] += PENALTY * np.trace(own) / len(rest) + 1e-12
        found[fold] = mean_target + cross @ np.linalg.solve(own, offsets)
    return found.reshape(targets.shape)


def _limited(targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means ``(D,)`` of limited targets and the offsets ``(N, D)`` from them.

    The limits are around the median, which also takes the place of NaN.
    """
    middle = np.nan_to_num(np.nanmedian(targets, axis=0))
    offsets = np.nan_to_num(targets - middle)
    limit = CLIP * 1.4826 * np.median(np.abs(offsets), axis=0)
    limited = np.clip(offsets, -limit, limit)
    mean = limited.mean(axis=0)
    return middle + mean, limited - mean
