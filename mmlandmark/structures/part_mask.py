"""The face part of every pixel of an image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..schemes.parts import PartScheme


@dataclass
class PartMask:
    """The part of every pixel of an image.

    Attributes:
        labels: ``(H, W)`` uint8, in the size of the image; indices into ``names``.
        names: C parts, the background first.
        scheme: The scheme of the parts, with their colours.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    scheme: PartScheme

    def areas(self) -> dict[str, int]:
        """Number of pixels of every part."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, counts, strict=True)}

    def polygons(self) -> dict[str, list[np.ndarray]]:
        """Outlines of every part but the background, ``(N, 2)`` x, y pixel centres.

        They are outer outlines: the outline of the skin encloses the eyes. Filled from the
        largest area to the smallest, they give the mask again, except for background that
        is surrounded by a part.
        """
        return {
            name: [
                outline[:, 0]
                for outline in cv2.findContours(
                    (self.labels == label).astype(np.uint8),
                    cv2.RETR_EXTERNAL,
                    cv2.CHAIN_APPROX_SIMPLE,
                )[0]
            ]
            for label, name in enumerate(self.names)
            if label
        }
