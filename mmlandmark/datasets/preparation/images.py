"""Writes the image file of one sample and makes its record for the annotations."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...io.load import load_image
from ...io.pillow_files import is_plain
from ...io.pixels import as_bgr
from ...io.writing import write_depth, write_image
from ...structures.coco import image_entry, image_extras, xywh
from ...structures.loaded_image import LoadedImage
from ...structures.sample import LandmarkSample
from ...utils.image_bounds import inside_image

Box = tuple[float, float, float, float]

# file systems allow names of 255 bytes, and a number and a suffix are appended
_LONGEST = 200
# device names on Windows, with any suffix
_RESERVED = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


@dataclass
class Loaded:
    """A sample with its pixels.

    Attributes:
        sample: The sample as read.
        image: Its pixels, and the spacing in its file.
        points: ``(K, 2)`` pixels, 0-based, NaN where missing or outside the image.
        absent: Number of points that were not annotated.
        outside: Number of points outside the image.
    """

    sample: LandmarkSample
    image: LoadedImage
    points: np.ndarray
    absent: int
    outside: int

    def has_bad_box(self) -> bool:
        """Whether its box is empty or outside the image."""
        box = self.sample.box
        return box is not None and not is_box_in(box, *self.image.size)


def load(sample: LandmarkSample) -> Loaded:
    """Read the image of a sample.

    Raises:
        InputError: The image cannot be read, or no point is inside it.
    """
    source = sample.image
    image = load_image(source) if isinstance(source, Path) else LoadedImage(source)
    width, height = image.size
    points, absent, outside = keep_inside(sample.points, width, height)
    if absent == len(points):
        raise InputError('no point is annotated')
    if absent + outside == len(points):
        raise InputError(
            f'all its points are outside the image, which has {width}x{height} pixels'
        )
    return Loaded(sample, image, points, absent, outside)


def write(loaded: Loaded, folder: Path, stem: str, max_side: int | None) -> dict:
    """Write the image (and the depth map).

    Args:
        loaded: As :func:`load` returns it.
        folder: The folder of the data set.
        stem: The name of its files without a suffix.
        max_side: Largest side in pixels; a larger image is downsampled.

    Returns:
        The COCO ``images`` entry, with ``points``, ``box`` and ``annotators`` added.

    Raises:
        InputError: A file cannot be written.
        OSError: A file cannot be written.
    """
    sample, image = loaded.sample, loaded.image
    pixels, spacing = image.pixels, sample.spacing or image.spacing
    size = shrunk(image.size, max_side)
    sx, sy = size[0] / image.size[0], size[1] / image.size[1]
    if size != image.size:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    record = image_entry(
        0,  # ids are assigned when all records exist
        _write_pixels(loaded, pixels, folder / 'images', stem),
        size,
        spacing and spacing.scaled(sy, sx),
    ) | dict(
        sample_id=sample.id,
        patient_id=sample.subject or sample.id,
        split=sample.split,
        points=rescaled(loaded.points, sx, sy),
        box=_coco_box(sample.box, sx, sy, size),
    )
    record |= image_extras(sample.extra)
    if sample.occluded is not None:
        record['occluded'] = sample.occluded
    if 'annotators' in sample.extra:
        views = sample.extra['annotators'].items()
        record['annotators'] = {who: rescaled(view, sx, sy) for who, view in views}
    if 'depth' in sample.extra:
        name = f'depth/{stem}.png'
        (folder / 'depth').mkdir(exist_ok=True)
        scale = write_depth(folder / name, sample.extra['depth'], size)
        record['depth'] = dict(file=name, **scale)
    return record


def _write_pixels(loaded: Loaded, pixels: np.ndarray, folder: Path, stem: str) -> str:
    """Write the pixels, or copy a file that holds them unchanged; returns its name."""
    source = loaded.sample.image
    same = pixels is loaded.image.pixels
    if same and isinstance(source, Path) and is_plain(source):
        name = stem + source.suffix.lower()
        shutil.copyfile(source, folder / name)
    else:
        name = f'{stem}.png'
        write_image(folder / name, pixels if pixels.ndim == 2 else as_bgr(pixels))
    return name


def shrunk(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Width and height with the longer side at most ``max_side``, both at least 1."""
    width, height = size
    scale = min(1.0, max_side / max(size)) if max_side else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def rescaled(points: np.ndarray, sx: float, sy: float) -> np.ndarray:
    """Points ``(K, 2)`` of an image resized by the factors ``sx`` and ``sy``."""
    if sx == sy == 1:
        return points  # to the last digit
    # a resize maps pixel edges, not centres: hence 0.5
    return (points + 0.5) * (sx, sy) - 0.5


def is_box_in(box: Box, width: int, height: int) -> bool:
    """Whether a box ``(x1, y1, x2, y2)`` is not empty and overlaps the image."""
    low, high = np.array(box[:2], float), np.array(box[2:], float)
    # comparisons with NaN are False
    return bool(
        (low < high).all() and (low < (width, height)).all() and (high > 0).all()
    )


def _coco_box(
    box: Box | None, sx: float, sy: float, size: tuple[int, int]
) -> list[float]:
    """A box in COCO's ``[x, y, w, h]``; the whole image if the source has none."""
    if box is None or not np.isfinite(box).all():  # JSON has no NaN
        return [0.0, 0.0, float(size[0]), float(size[1])]
    corners = rescaled(np.reshape(np.array(box, float), (2, 2)), sx, sy)
    return [float(value) for value in xywh(corners.ravel().tolist())]


def keep_inside(
    points: np.ndarray, width: float, height: float
) -> tuple[np.ndarray, int, int]:
    """Set points outside the image to NaN.

    Args:
        points: ``(K, 2)`` pixels, 0-based, NaN where missing.
        width: Width of the image.
        height: Height of the image.

    Returns:
        The ``(K, 2)`` points, the number of points not annotated, the number outside.
    """
    absent = ~np.isfinite(points).all(axis=1)
    outside = ~inside_image(points, width, height) & ~absent
    kept = np.where((absent | outside)[:, None], np.nan, points)
    return kept, int(absent.sum()), int(outside.sum())


def file_stem(identity: str) -> str:
    """An id as a safe file name without a suffix: it cannot name another folder."""
    name = re.sub(r'[^\w.-]+', '_', identity).lstrip('.')
    while len(name.encode('utf-8', 'replace')) > _LONGEST:
        name = name[:-1]
    return f'_{name}' if _RESERVED.match(name) or not name else name
