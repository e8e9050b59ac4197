"""The pixels of an image and their spacing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .pixel_spacing import PixelSpacing


@dataclass
class LoadedImage:
    """The pixels of an image and their spacing.

    Attributes:
        pixels: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8, as the image is displayed.
        spacing: mm per pixel and its source, an entry of the file; None if not known.
        size: Width and height of the pixels.
    """

    pixels: np.ndarray
    spacing: PixelSpacing | None = None
    size: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.size = (self.pixels.shape[1], self.pixels.shape[0])
