"""One sample to its image file and its entry in the annotations."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...io.image import as_bgr, is_plain, write_depth, write_image
from ...io.load import read_picture
from ...structures.coco import image_entry, xywh
from ...structures.loaded_image import LoadedImage
from ...structures.sample import LandmarkSample

Box = tuple[float, float, float, float]

# a file system takes names of 255 bytes, and a suffix and a number come behind
_LONGEST = 200
# Windows keeps these for devices, whatever suffix follows
_RESERVED = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


@dataclass
class Loaded:
    """A sample, its picture, and what is known of its points and its box.

    Attributes:
        sample: As read.
        picture: Its pixels.
        points: ``(K, 2)``, those outside the picture missing.
        absent: How many points were not annotated.
        outside: How many points were outside the picture.
    """

    sample: LandmarkSample
    picture: LoadedImage
    points: np.ndarray
    absent: int
    outside: int

    def has_bad_box(self) -> bool:
        """Whether its box has no size, or lies beside the picture."""
        box = self.sample.box
        return box is not None and not is_box_in(box, *self.picture.size)


def load(sample: LandmarkSample) -> Loaded:
    """Read a sample's picture.

    Raises:
        InputError: It cannot be read, or no point is in it.
    """
    image = sample.image
    picture = read_picture(image) if isinstance(image, Path) else LoadedImage(image)
    width, height = picture.size
    points, absent, outside = keep_inside(sample.points, width, height)
    if absent == len(points):
        raise InputError('no point is annotated')
    if absent + outside == len(points):
        raise InputError(
            f'all its points are outside the image, which has {width}x{height} pixels'
        )
    return Loaded(sample, picture, points, absent, outside)


def write(loaded: Loaded, folder: Path, stem: str, max_side: int | None) -> dict:
    """Write the image (and the depth map).

    Args:
        loaded: What :func:`load` returns.
        folder: The data set's.
        stem: What its files are called.
        max_side: Shrink to this many pixels on the longer side.

    Returns:
        The COCO ``images`` entry with the points, the box and the annotators added.

    Raises:
        InputError: A file cannot be written.
        OSError: A file cannot be written.
    """
    sample, picture = loaded.sample, loaded.picture
    pixels, spacing = picture.pixels, sample.spacing or picture.spacing
    size = shrunk(picture.size, max_side)
    sx, sy = size[0] / picture.size[0], size[1] / picture.size[1]
    if size != picture.size:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    record = image_entry(
        0,  # numbered when all are there
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
    """Write the pixels, or copy the file where it holds them as they are: its name."""
    image = loaded.sample.image
    same = pixels is loaded.picture.pixels
    if same and isinstance(image, Path) and is_plain(image):
        name = stem + image.suffix.lower()
        shutil.copyfile(image, folder / name)
    else:
        name = f'{stem}.png'
        write_image(folder / name, pixels if pixels.ndim == 2 else as_bgr(pixels))
    return name


def shrunk(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Width and height with the longer side at most ``max_side``, none below 1."""
    width, height = size
    scale = min(1.0, max_side / max(size)) if max_side else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def rescaled(points: np.ndarray, sx: float, sy: float) -> np.ndarray:
    """Where ``(K, 2)`` points are in the resized image."""
    if sx == sy == 1:
        return points  # to the last digit
    # a resize keeps pixel edges, not centres, in place: hence the halves
    return (points + 0.5) * (sx, sy) - 0.5


def is_box_in(box: Box, width: int, height: int) -> bool:
    """Whether a box ``(x1, y1, x2, y2)`` has a size, and some of it is in the image."""
    low, high = np.array(box[:2], float), np.array(box[2:], float)
    # NaN compares as False
    return bool(
        (low < high).all() and (low < (width, height)).all() and (high > 0).all()
    )


def _coco_box(
    box: Box | None, sx: float, sy: float, size: tuple[int, int]
) -> list[float]:
    """COCO's ``[x, y, w, h]``; the whole image when the source has no box."""
    if box is None or not np.isfinite(box).all():  # JSON has no NaN
        return [0.0, 0.0, float(size[0]), float(size[1])]
    corners = rescaled(np.reshape(np.array(box, float), (2, 2)), sx, sy)
    return [float(value) for value in xywh(corners.ravel().tolist())]


def keep_inside(
    points: np.ndarray, width: float, height: float
) -> tuple[np.ndarray, int, int]:
    """Turn points outside the image into missing ones.

    Returns:
        The ``(K, 2)`` points, how many were not annotated, how many outside.
    """
    absent = ~np.isfinite(points).all(axis=1)
    with np.errstate(invalid='ignore'):
        # a pixel's square reaches half a pixel beyond its centre
        inside = (points >= -0.5).all(axis=1)
        inside &= (points <= (width - 0.5, height - 0.5)).all(axis=1)
    outside = ~inside & ~absent
    kept = np.where((absent | outside)[:, None], np.nan, points)
    return kept, int(absent.sum()), int(outside.sum())


def file_stem(identity: str) -> str:
    """An id as a file name: nothing in it can lead to another folder."""
    name = re.sub(r'[^\w.-]+', '_', identity).lstrip('.')
    while len(name.encode('utf-8', 'replace')) > _LONGEST:
        name = name[:-1]
    return f'_{name}' if _RESERVED.match(name) or not name else name
