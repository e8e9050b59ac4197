"""Decoding of an exported model: from heatmaps to points, with numpy and OpenCV only.

It gives the same numbers as MMPose's ``MSRAHeatmap``, ``UDPHeatmap`` and
``RegressionLabel`` and this package's ``FANHeatmap``, which need torch. Shapes: N images,
K points.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: See :class:`Decoding`.
KINDS = ('dark', 'udp', 'quarter', 'centroid', 'coordinates')


@dataclass(frozen=True)
class Decoding:
    """How the output of a network is decoded.

    Attributes:
        kind: ``'dark'`` and ``'udp'`` fit a Gaussian around the peak (DARK, Zhang et al.,
            CVPR 2020), ``'quarter'`` moves the peak a quarter pixel towards the larger
            neighbour, ``'centroid'`` takes the mean position around the peak,
            ``'coordinates'`` are fractions of the input size, not heatmaps.
        input_size: Width and height of the region that a heatmap shows, pixels: the
            network's input, or a crop of it.
        blur: Side of DARK's Gaussian filter, heatmap pixels.
        shift: Added to the points, heatmap pixels.
        spreads: Whether the heatmaps are distributions whose expected radial error is
            computed.
    """

    kind: str
    input_size: tuple[int, int]
    blur: int = 11
    shift: float = 0.0
    spreads: bool = False

    def __call__(self, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points ``(N, K, 2)`` in pixels of the input and peaks ``(N, K)``.

        Args:
            output: Heatmaps ``(N, K, H, W)``, or coordinates ``(N, K, 2)``.
        """
        if self.kind == 'coordinates':
            return output * np.array(self.input_size), np.ones(output.shape[:2])
        places, scores = peaks(output)
        points = np.stack(
            [self._refined(maps, at) for maps, at in zip(output, places, strict=True)]
        )
        return (points + self.shift) * self.pixel(output), scores

    def pixel(self, heatmaps: np.ndarray) -> np.ndarray:
        """Width and height of a heatmap pixel in pixels of the input."""
        height, width = heatmaps.shape[-2:]
        if self.kind == 'udp':  # its last pixel lies at input_size
            return np.array(self.input_size) / (width - 1, height - 1)
        return np.array(self.input_size) / (width, height)

    def _refined(self, maps: np.ndarray, places: np.ndarray) -> np.ndarray:
        if self.kind == 'dark':
            return _dark(_blurred(maps, self.blur, 1e-10, None), places)
        if self.kind == 'udp':
            return _dark_udp(_blurred(maps, self.blur, 1e-3, 50), places)
        if self.kind == 'centroid':
            return _centroids(maps, places)
        return _quarter(maps, places)


def peaks(heatmaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position and value of each heatmap's maximum.

    Args:
        heatmaps: ``(N, K, H, W)``.

    Returns:
        ``(N, K, 2)`` x, y in heatmap pixels, -1 where no value is above 0; ``(N, K)``.
    """
    flat = heatmaps.reshape(*heatmaps.shape[:2], -1)
    best = flat.argmax(axis=2)
    width = heatmaps.shape[3]
    places = np.stack([best % width, best // width], axis=2).astype(np.float32)
    scores = flat.max(axis=2)
    places[scores <= 0] = -1
    return places, scores


def expected_radial_errors(
    heatmaps: np.ndarray, points: np.ndarray, pixel: np.ndarray
) -> np.ndarray:
    """Expected radial error of each point: the mean distance of its heatmap's mass from it.

    The same as :func:`mmlandmark.models.heads.heatmap.expected_radial_errors`.

    Args:
        heatmaps: ``(N, K, H, W)``, not negative, of any scale.
        points: ``(N, K, 2)`` x, y.
        pixel: Width and height of a heatmap pixel in the unit of the points.

    Returns:
        ``(N, K)`` in the unit of the points.
    """
    height, width = heatmaps.shape[-2:]
    points = points.astype(np.float32)
    across = (np.arange(width, dtype=np.float32) * pixel[0] - points[..., :1]) ** 2
    down = (np.arange(height, dtype=np.float32) * pixel[1] - points[..., 1:]) ** 2
    distance = np.sqrt(down[..., :, None] + across[..., None, :])
    return (heatmaps * distance).sum((2, 3)) / heatmaps.sum((2, 3))


def _blurred(
    maps: np.ndarray, kernel: int, low: float, high: float | None
) -> np.ndarray:
    """Logarithms of heatmaps ``(K, H, W)``, smoothed and rescaled to the same maximum."""
    border = (kernel - 1) // 2
    smooth = np.empty_like(maps)
    for target, source in zip(smooth, maps, strict=True):
        wide = np.pad(source, border)  # zeros outside
        wide = cv2.GaussianBlur(wide, (kernel, kernel), 0)
        target[:] = wide[border:-border, border:-border]
        target *= source.max() / target.max()
    return np.log(np.clip(smooth, low, high))


def _dark(logs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A Newton step from each peak, differences over two pixels; none near the border."""
    count, height, width = logs.shape
    x, y = places.astype(int).T
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    k, x, y = np.arange(count)[inside], x[inside], y[inside]

    def at(right: int, below: int) -> np.ndarray:
        return logs[k, y + below, x + right]

    slope = 0.5 * np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], axis=1)
    xx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    yy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    xy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    step = np.zeros((count, 2))
    curved = xx * yy - xy**2 != 0
    hessian = np.stack([xx, xy, xy, yy], axis=1).reshape(-1, 2, 2)[curved]
    solved = np.linalg.solve(hessian, slope[curved][..., None])[..., 0]
    step[k[curved]] = -solved
    return places + step


def _dark_udp(logs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A Newton step from each peak, differences over one pixel; the border is repeated."""
    k = np.arange(len(logs))
    x, y = places.astype(int).T + 1
    wide = np.pad(logs, ((0, 0), (1, 1), (1, 1)), mode='edge')

    def at(right: int, below: int) -> np.ndarray:
        return wide[k, y + below, x + right]

    here = at(0, 0)
    slope = 0.5 * np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], axis=1)
    xx = at(1, 0) - 2 * here + at(-1, 0)
    yy = at(0, 1) - 2 * here + at(0, -1)
    xy = 0.5 * (
        (at(1, 1) - at(1, 0) - at(0, 1) + here)
        + (here - at(-1, 0) - at(0, -1) + at(-1, -1))
    )
    hessian = np.stack([xx, xy, xy, yy], axis=1).reshape(-1, 2, 2)
    hessian = hessian + np.finfo(np.float32).eps * np.eye(2)
    return places - np.linalg.solve(hessian, slope[..., None])[..., 0]


def _quarter(maps: np.ndarray, places: np.ndarray) -> np.ndarray:
    height, width = maps.shape[1:]
    refined = places.astype(float)
    for k, (x, y) in enumerate(places.astype(int)):
        if 1 < x < width - 1 and 0 < y < height:
            refined[k, 0] += 0.25 * np.sign(maps[k, y, x + 1] - maps[k, y, x - 1])
        if 1 < y < height - 1 and 0 < x < width:
            refined[k, 1] += 0.25 * np.sign(maps[k, y + 1, x] - maps[k, y - 1, x])
    return refined


#: Half the side of a centroid's window, as a fraction of the heatmap's side.
RADIUS = 0.1


def _centroids(maps: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The mean position of positive values near each peak; the peak if there are none."""
    height, width = maps.shape[1:]
    positive = np.maximum(maps, 0)
    flat = maps.reshape(len(maps), -1).argmax(axis=1)
    places = np.stack([flat % width, flat // width], axis=1)  # not -1 below 0
    columns, rows = np.arange(width), np.arange(height)
    near_x = np.abs(columns - places[:, :1]) <= max(1, RADIUS * width)
    near_y = np.abs(rows - places[:, 1:]) <= max(1, RADIUS * height)
    near = positive * near_y[:, :, None] * near_x[:, None, :]
    mass = near.sum((1, 2))
    x = (near.sum(1) * columns).sum(1)
    y = (near.sum(2) * rows).sum(1)
    mean = np.stack([x, y], axis=1) / np.maximum(mass, 1e-6)[:, None]
    return np.where(mass[:, None] > 1e-6, mean, places)
