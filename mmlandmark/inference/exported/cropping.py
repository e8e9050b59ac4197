"""From a box in a picture to the input of a network, with numpy and OpenCV alone.

The same numbers as MMPose's ``GetBBoxCenterScale`` (or FAN's crop), ``TopdownAffine`` and
``PoseDataPreprocessor``, which need torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...face.detection import reference_crop


@dataclass(frozen=True)
class Crop:
    """How a network's input is made of a box.

    Attributes:
        size: Width and height of the input, pixels.
        mean: Of each channel, gray values; one for all, or one a channel.
        std: Likewise.
        rgb: Whether the network takes red first.
        kind: ``'box'``, or ``'fan'`` for FAN's square about a face.
        padding: What a box's sides are multiplied by.
        udp: Whether pixel centres, and not pixel edges, are laid upon one another.
        gray: Weights of blue, green and red of a network of one channel; None for three.
    """

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    rgb: bool = True
    kind: str = 'box'
    padding: float = 1.0
    udp: bool = False
    gray: tuple[float, ...] | None = None

    def region(self, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centre and sides ``(2,)`` of what the input shows, pixels of the picture.

        Args:
            box: ``(4,)`` x1, y1, x2, y2.
        """
        if self.kind == 'fan':
            centre, side = reference_crop(box)
            sides = np.full(2, side, np.float32)
        else:
            centre = (box[2:] + box[:2]) * 0.5
            sides = (box[2:] - box[:2]) * self.padding
        width, height = sides
        aspect = self.size[0] / self.size[1]
        if width > height * aspect:
            sides = np.array([width, width / aspect], np.float32)
        else:
            sides = np.array([height * aspect, height], np.float32)
        return centre.astype(np.float32), sides

    def cut(self, bgr: np.ndarray, centre: np.ndarray, sides: np.ndarray) -> np.ndarray:
        """The input ``(C, H, W)`` float32.

        Args:
            bgr: ``(H, W, 3)`` uint8.
            centre: As :meth:`region` gives it,
            sides: and these.
        """
        warp = (_udp_warp if self.udp else _warp)(centre, sides, self.size)
        image = cv2.warpAffine(bgr, warp, self.size, flags=cv2.INTER_LINEAR)
        if self.gray is not None:
            weights = np.array(self.gray) / sum(self.gray)
            image = (weights * image).sum(axis=2).astype(np.uint8)[..., None]
        elif self.rgb:
            image = image[..., ::-1]
        scaled = image.astype(np.float32) - np.array(self.mean, np.float32)
        scaled /= np.array(self.std, np.float32)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _warp(centre: np.ndarray, sides: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The affine map ``(2, 3)`` that lays pixel edges upon one another."""
    middle = np.array([size[0] * 0.5, size[1] * 0.5])
    source = _corner(centre, sides[0] * 0.5)
    return cv2.getAffineTransform(source, _corner(middle, size[0] * 0.5))


def _corner(centre: np.ndarray, half: float) -> np.ndarray:
    """A centre, the middle of the left side, and the corner below it, ``(3, 2)``."""
    left = centre - (half, 0)
    return np.array([centre, left, np.add(left, (0, half))], np.float32)


def _udp_warp(
    centre: np.ndarray, sides: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The affine map ``(2, 3)`` that lays pixel centres upon one another."""
    scale = (np.array(size) - 1) / sides
    shift = scale * (0.5 * sides - centre)
    rows = [[scale[0], 0, shift[0]], [0, scale[1], shift[1]]]
    return np.array(rows, np.float32)
