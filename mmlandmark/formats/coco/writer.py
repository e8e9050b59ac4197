"""Writes COCO files: prepared data, results of a run, the page's points, face parts.

The entries of a file are made by :mod:`mmlandmark.structures.coco`; what is written is read
back equal by :func:`.reader.read_coco`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import IO

import cv2
import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ...structures import coco
from ...structures.part_mask import PartMask

#: Polygons around fewer square pixels are specks, which are left out.
SPECK = 4


def scheme_category(scheme: Scheme) -> dict:
    """The points of a scheme as the only category of a COCO keypoints file."""
    return coco.category_entry(scheme.name, scheme.points, scheme.skeleton)


def write_coco(
    file: IO[str],
    images: Iterable[dict],
    annotations: Iterable[dict],
    categories: Iterable[dict],
) -> None:
    """Write a COCO file, one entry at a time: iterators are not held in memory.

    Args:
        file: Open for writing text.
        images: As :func:`.coco.image_entry` makes them.
        annotations: As :func:`.coco.keypoints_entry` or :func:`part_entries` does.
        categories: As :func:`.coco.category_entry` does.
    """
    file.write(f'{{"info": {json.dumps(coco.INFO)}')
    tables = coco.file_values(images, annotations, categories)  # type: ignore[arg-type]
    for name in ('images', 'annotations', 'categories'):
        file.write(f',\n"{name}": [')
        for number, entry in enumerate(tables[name]):
            file.write(('\n' if number == 0 else ',\n') + json.dumps(entry))
        file.write(']')
    file.write('}\n')


def coco_text(
    images: Iterable[dict], annotations: Iterable[dict], categories: Iterable[dict]
) -> str:
    """The text that :func:`write_coco` writes."""
    text = io.StringIO()
    write_coco(text, images, annotations, categories)
    return text.getvalue()


def write_part_polygons(file: IO[str], masks: Iterable[tuple[str, PartMask]]) -> None:
    """Write the outlines of the face parts of images.

    Args:
        file: Open for writing text; nothing is written before all masks are read.
        masks: File names and parts, taken one at a time; the masks are not held.

    Raises:
        InputError: There is no image.
    """
    images: list[dict] = []
    annotations: list[dict] = []
    names: tuple[str, ...] = ()
    for number, (name, mask) in enumerate(masks, start=1):
        names = mask.names
        height, width = mask.labels.shape
        images.append(coco.image_entry(number, name, (width, height)))
        annotations += part_entries(mask, number, len(annotations) + 1)
    if not images:
        raise InputError('no image to write polygons of')
    categories = [dict(id=i, name=name) for i, name in enumerate(names) if i]
    write_coco(file, images, annotations, categories)


def part_entries(mask: PartMask, image: int, first: int = 1) -> list[dict]:
    """An annotation for each part in an image: polygons, area and box of its pixels.

    Args:
        mask: The parts.
        image: The id of the image.
        first: The id of the first annotation.
    """
    found: list[dict] = []
    for label, (name, outlines) in enumerate(mask.polygons().items(), start=1):
        pixels = mask.labels == label
        large = [o for o in outlines if len(o) > 2 and cv2.contourArea(o) >= SPECK]
        if not large:
            continue
        ys, xs = np.nonzero(pixels)
        box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
        found.append(
            dict(
                id=first + len(found),
                image_id=image,
                category_id=label,
                category_name=name,
                segmentation=[[int(v) for v in o.ravel()] for o in large],
                area=int(pixels.sum()),
                bbox=[int(v) for v in box],
                iscrowd=0,
            )
        )
    return found
