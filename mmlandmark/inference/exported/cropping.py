"""Preprocessing of an exported model: from a box in an image to the network's input.

It uses numpy and OpenCV only, and gives the same numbers as MMPose's ``GetBBoxCenterScale``
(or FAN's crop), ``TopdownAffine`` and ``PoseDataPreprocessor``, which need torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...face.detection import reference_crop


@dataclass(frozen=True)
class Crop:
    """How the input of a network is cut out of an image.

    Attributes:
        size: Width and height of the input, pixels.
        mean: Subtracted from the gray values; one for all channels, or one per channel.
        std: Divisor of the gray values; one for all channels, or one per channel.
        rgb: Whether the channels are red, green, blue and not blue, green, red.
        kind: ``'box'``; ``'fan'`` for FAN's square around a face; ``'whole'`` for the
            whole image, resized, of which face parts are found.
        padding: Factor by which the sides of a box are enlarged.
        udp: Whether the corners of the two images are aligned at pixel centres (UDP) and
            not at pixel edges.
        gray: Weights of blue, green and red for a network of one channel; None for three
            channels.
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
        """Centre and sides ``(2,)`` of the region that the input shows.

        Args:
            box: ``(4,)`` x1, y1, x2, y2 in pixels of the image.
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
        """The network's input ``(C, H, W)`` float32.

        Args:
            bgr: ``(H, W, 3)`` uint8.
            centre: ``(2,)`` centre of the region, from :meth:`region`.
            sides: ``(2,)`` sides of the region, from :meth:`region`.
        """
        warp = (_udp_warp if self.udp else _warp)(centre, sides, self.size)
        return self.normalised(
            cv2.warpAffine(bgr, warp, self.size, flags=cv2.INTER_LINEAR)
        )

    def normalised(self, image: np.ndarray) -> np.ndarray:
        """The network's input ``(C, H, W)`` float32 of an image of its size.

        Args:
            image: ``(H, W, 3)`` BGR uint8.
        """
        if self.gray is not None:
            weights = np.array(self.gray) / sum(self.gray)
            image = (weights * image).sum(axis=2).astype(np.uint8)[..., None]
        elif self.rgb:
            image = image[..., ::-1]
        # by planes, as operations on interleaved channels are slow
        planes = image.transpose(2, 0, 1)
        mean = np.array(self.mean, np.float32).reshape(-1, 1, 1)
        scaled = np.subtract(planes, mean, order='C', dtype=np.float32)
        scaled /= np.array(self.std, np.float32).reshape(-1, 1, 1)
        return scaled


def _warp(centre: np.ndarray, sides: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The affine map ``(2, 3)`` that aligns pixel edges."""
    middle = np.array([size[0] * 0.5, size[1] * 0.5])
    source = _corner(centre, sides[0] * 0.5)
    return cv2.getAffineTransform(source, _corner(middle, size[0] * 0.5))


def _corner(centre: np.ndarray, half: float) -> np.ndarray:
    """The centre, the middle of the left side and the corner below it, ``(3, 2)``."""
    left = centre - (half, 0)
    return np.array([centre, left, np.add(left, (0, half))], np.float32)


def _udp_warp(
    centre: np.ndarray, sides: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The affine map ``(2, 3)`` that aligns pixel centres."""
    scale = (np.array(size) - 1) / sides
    shift = scale * (0.5 * sides - centre)
    rows = [[scale[0], 0, shift[0]], [0, scale[1], shift[1]]]
    return np.array(rows, np.float32)
