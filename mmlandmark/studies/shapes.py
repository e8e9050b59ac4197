"""A robust model of the shapes in a data set, and how unusual each shape is in it.

A shape is ``(K, 2)`` points, aligned to the mean shape by translation, rotation and scale
(Procrustes analysis). Its Mahalanobis distance uses the mean and the shrunk covariance of
other images (cross-validation), after the most unusual images were left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Part of the images, the least unusual ones, that the model is fitted on.
KEPT = 0.8
FOLDS = 10


@dataclass(frozen=True)
class ShapeModel:
    """Mean and covariance of aligned shapes.

    Attributes:
        mean: ``(K, 2)``, centred, with a centroid size of 1.
        covariance: ``(2K, 2K)`` of the aligned points, shrunk.
    """

    mean: np.ndarray
    covariance: np.ndarray

    def align(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Align shapes to the mean by the points that they have.

        Args:
            points: ``(N, K, 2)``, NaN where missing.

        Returns:
            The aligned points, and ``(N, 2, 2)`` matrices that turn and scale the mean
            shape onto each image.
        """
        return align(points, self.mean)

    def distances(self, points: np.ndarray) -> np.ndarray:
        """``(N,)`` squared Mahalanobis distances per known coordinate."""
        aligned, _ = self.align(points)
        offsets = (aligned - self.mean).reshape(len(points), -1)
        return mahalanobis(offsets, self.covariance)

    def expected(self, points: np.ndarray, inflation: float = 1.0) -> tuple:
        """Each point as the other points of its image predict it.

        Returns:
            ``(N, K, 2)`` residuals of the points in units of the mean shape (aligned), and
            ``(K,)`` their standard deviation per coordinate under the model.
        """
        aligned, _ = self.align(points)
        offsets = np.nan_to_num((aligned - self.mean).reshape(len(points), -1))
        precision = np.linalg.inv(self.covariance) / inflation
        count = len(self.mean)
        residuals = np.empty((len(points), count, 2))
        sd = np.empty(count)
        for k in range(count):
            pair = slice(2 * k, 2 * k + 2)
            block = np.linalg.inv(precision[pair, pair])
            residuals[:, k] = offsets @ precision[pair].T @ block
            sd[k] = np.sqrt(np.trace(block) / 2)
        missing = np.isnan(points).any(axis=-1)
        return np.where(missing[..., None], np.nan, residuals), sd


def align(points: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """See :meth:`ShapeModel.align`; the least-squares similarity, as complex numbers."""
    z = points[..., 0] + 1j * points[..., 1]
    m = np.where(np.isnan(z), np.nan, mean[:, 0] + 1j * mean[:, 1])
    centre, goal = np.nanmean(z, 1, keepdims=True), np.nanmean(m, 1, keepdims=True)
    z, m = z - centre, m - goal
    with np.errstate(invalid='ignore', divide='ignore'):
        turn = np.nansum(np.conj(z) * m, 1) / np.nansum(np.abs(z) ** 2, 1)
        back = 1 / turn
    aligned = z * turn[:, None] + goal
    matrices = np.stack(
        [np.stack([back.real, -back.imag], -1), np.stack([back.imag, back.real], -1)], 1
    )
    return np.stack([aligned.real, aligned.imag], -1), matrices


def shape_sizes(points: np.ndarray) -> np.ndarray:
    """Root mean square distance of the points from their centre, ``(N,)``."""
    centred = points - np.nanmean(points, axis=1, keepdims=True)
    return np.sqrt(np.nanmean((centred**2).sum(axis=-1), axis=1))


def mahalanobis(offsets: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """``(N,)`` squared distances divided by the number of known coordinates."""
    found = np.empty(len(offsets))
    missing = np.isnan(offsets)
    for pattern in np.unique(missing, axis=0):
        rows = (missing == pattern).all(axis=1)
        known = ~pattern
        part = offsets[np.ix_(rows, known)]
        solved = np.linalg.solve(covariance[np.ix_(known, known)], part.T)
        found[rows] = (part * solved.T).sum(axis=1) / max(known.sum(), 1)
    return found


def fit_shapes(points: np.ndarray) -> ShapeModel:
    """Fit the model on the least unusual images.

    Args:
        points: ``(N, K, 2)`` of at least ten images.
    """
    mean = _median_shape(points)
    aligned, _ = align(points, mean)
    # robust start: squared distances from the median, in robust units of each coordinate
    offsets = (aligned - mean).reshape(len(points), -1)
    scale = 1.4826 * np.nanmedian(np.abs(offsets), axis=0) + 1e-9
    unusual = np.nanmean(np.minimum((offsets / scale) ** 2, 25), axis=1)
    for _ in range(3):
        kept = np.argsort(unusual)[: max(3, int(KEPT * len(points)))]
        mean = np.nanmean(align(points[kept], mean)[0], axis=0)
        mean = mean - mean.mean(axis=0)
        mean /= np.linalg.norm(mean)
        model = ShapeModel(mean, _covariance(points[kept], mean))
        unusual = model.distances(points)
    return model


def _median_shape(points: np.ndarray) -> np.ndarray:
    centred = points - np.nanmean(points, axis=1, keepdims=True)
    size = np.sqrt(np.nansum(centred**2, axis=(1, 2), keepdims=True))
    with np.errstate(invalid='ignore', divide='ignore'):
        mean = np.nan_to_num(np.nanmedian(centred / size, axis=0))
    for _ in range(5):
        mean = np.nanmedian(align(points, mean)[0], axis=0)
        mean = mean - mean.mean(axis=0)
        mean /= np.linalg.norm(mean)
    return mean


def _covariance(points: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Covariance, shrunk towards a multiple of the identity (Ledoit & Wolf 2004)."""
    x = np.nan_to_num((align(points, mean)[0] - mean).reshape(len(points), -1))
    n, p = x.shape
    sample = x.T @ x / n
    size = np.trace(sample) / p
    spread = ((sample - size * np.eye(p)) ** 2).sum()
    noise = ((x**2).T @ (x**2) / n - sample**2).sum() / n
    weight = min(1.0, noise / spread) if spread > 0 else 1.0
    # the four directions of a similarity have no variance
    floor = max(0.01 * size, 1e-12)
    return (1 - weight) * sample + (weight * size + floor) * np.eye(p)
