"""What a parser returns for one image, and how it goes to files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..errors import InputError
from ..io.pillow_files import encoded
from ..io.writing import write_bytes
from ..schemes.parts import PartScheme

#: Polygons of fewer pixels are specks, left out of COCO files.
SPECK = 4


@dataclass
class PartMask:
    """The part of every pixel of an image.

    Attributes:
        labels: ``(H, W)`` uint8, the image's own size; an index into ``names``.
        names: C parts, the background first.
        scheme: The parts' scheme, with their colours.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    scheme: PartScheme

    def areas(self) -> dict[str, int]:
        """Pixels of every part."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, counts, strict=True)}

    def polygons(self) -> dict[str, list[np.ndarray]]:
        """Outlines of every part but the background, ``(N, 2)`` x, y pixel centres.

        They are outer outlines: what lies in a part, as eyes in skin, is inside them too.
        Filled from the largest area to the smallest they give the mask again, but for
        background that a part surrounds.
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

    def coco_annotations(self, image_id: int, first: int = 1) -> list[dict]:
        """A COCO annotation a part that is there: polygons, and area and box of its pixels.

        Args:
            image_id: Of the image in the file.
            first: The id of the first annotation.
        """
        found: list[dict] = []
        for label, (name, outlines) in enumerate(self.polygons().items(), start=1):
            mask = self.labels == label
            large = [o for o in outlines if len(o) > 2 and cv2.contourArea(o) >= SPECK]
            if not large:
                continue
            ys, xs = np.nonzero(mask)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
            found.append(
                dict(
                    id=first + len(found),
                    image_id=image_id,
                    category_id=label,
                    category_name=name,
                    segmentation=[[int(v) for v in o.ravel()] for o in large],
                    area=int(mask.sum()),
                    bbox=[int(v) for v in box],
                    iscrowd=0,
                )
            )
        return found

    def save(self, path: str | Path) -> None:
        """Write the labels as a PNG with a palette: values are labels, colours the parts'.

        Raises:
            InputError: It cannot be written.
        """
        image = Image.fromarray(self.labels)
        image.putpalette([v for color in self.scheme.colors for v in color])
        write_bytes(Path(path), encoded(image, 'PNG'))


def coco_file(masks: Iterable[tuple[str, PartMask]]) -> dict:
    """A COCO file of images, by their file names, and their parts.

    Args:
        masks: Taken one at a time, none is kept.

    Raises:
        InputError: There is no image.
    """
    images: list[dict] = []
    annotations: list[dict] = []
    names: tuple[str, ...] = ()
    for number, (name, mask) in enumerate(masks, start=1):
        names = mask.names
        height, width = mask.labels.shape
        images.append(dict(id=number, file_name=name, width=width, height=height))
        annotations += mask.coco_annotations(number, len(annotations) + 1)
    if not images:
        raise InputError('no image to write polygons of')
    categories = [dict(id=i, name=name) for i, name in enumerate(names) if i]
    return dict(images=images, annotations=annotations, categories=categories)
