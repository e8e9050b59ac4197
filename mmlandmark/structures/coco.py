"""The entries of a COCO file as plain values: images, annotations and categories.

Points are 0-based pixel centres. ``pixel_spacing`` of an image is ``[sy, sx]`` in mm per
pixel, ``pixel_spacing_source`` is its source; both are extensions of COCO, as are the keys
of :data:`IMAGE_EXTRAS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from .pixel_spacing import PixelSpacing
from .prediction_json import MAX_PIXELS, number, shown

#: The ``info`` of written files.
INFO = dict(description='0-based pixel centres; pixel_spacing is [sy, sx] in mm')
#: The source of a spacing in a file that does not name one.
SPACING_KEY = 'pixel_spacing'
#: Keys of ``images[]`` that are kept in ``extra`` of samples, and what they say.
IMAGE_EXTRAS = {
    'heads': 'the number of heads in the image',
    'machine': 'the X-ray machine',
    'cvm_stage': 'the stage of cervical vertebral maturation',
}


def file_values(
    images: list[dict], annotations: list[dict], categories: list[dict]
) -> dict:
    """The tables of a COCO file."""
    return dict(
        info=INFO, images=images, annotations=annotations, categories=categories
    )


def image_entry(
    number: int,
    file_name: str,
    size: tuple[int, int] | None = None,
    spacing: PixelSpacing | None = None,
) -> dict:
    """An entry of ``images``.

    Args:
        number: Its id.
        file_name: Its file, relative to the COCO file.
        size: Width and height in pixels.
        spacing: mm per pixel.
    """
    image: dict[str, Any] = dict(id=number, file_name=file_name)
    if size is not None:
        image.update(width=int(size[0]), height=int(size[1]))
    if spacing is not None:
        image |= spacing_entry(spacing)
    return image


def spacing_entry(spacing: PixelSpacing) -> dict:
    """The keys of an entry of ``images`` that state its spacing."""
    return {
        SPACING_KEY: list(spacing.pair),
        f'{SPACING_KEY}_source': spacing.source,
    }


def image_extras(values: dict) -> dict:
    """The keys of :data:`IMAGE_EXTRAS` in an entry of ``images``, or in ``extra``.

    Values of another type, which some other program wrote, are left out.
    """
    heads, stage = values.get('heads'), values.get('cvm_stage')
    found: dict[str, Any] = {}
    if type(heads) is int and heads > 1:
        found['heads'] = heads
    if isinstance(values.get('machine'), str) and values['machine']:
        found['machine'] = values['machine']
    if type(stage) is int or (isinstance(stage, str) and stage):
        found['cvm_stage'] = stage
    return found


def spacing_of(image: dict) -> PixelSpacing | None:
    """The spacing that an entry of ``images`` states; None where it states none.

    Raises:
        InputError: It is not two positive numbers.
    """
    source = image.get(f'{SPACING_KEY}_source')
    return PixelSpacing.from_pair(
        image.get(SPACING_KEY), source if isinstance(source, str) else SPACING_KEY
    )


def keypoints_entry(
    number: int,
    image: int,
    points: np.ndarray,
    bbox: Sequence[float],
    scores: np.ndarray | None = None,
    occluded: np.ndarray | None = None,
) -> dict:
    """An entry of ``annotations`` with the keypoints of one object.

    Args:
        number: Its id.
        image: The id of its image.
        points: ``(K, 2)`` x, y in pixels; missing ones are NaN and get visibility 0.
        bbox: x, y, width and height in pixels.
        scores: ``(K,)``; the annotation's ``score`` is their mean.
        occluded: ``(K,)`` bool; these points get visibility 1, the others 2.
    """
    there = np.isfinite(points).all(axis=1)
    visibility = np.where(there, 2.0, 0.0)
    if occluded is not None:
        visibility = np.where(there & occluded, 1.0, visibility)
    rows = np.column_stack([np.where(there[:, None], points, 0), visibility])
    keypoints = [
        v if i % 3 < 2 else int(v) for i, v in enumerate(rows.ravel().tolist())
    ]
    x, y, width, height = (float(v) for v in bbox)
    entry = dict(
        id=number,
        image_id=image,
        category_id=1,
        keypoints=keypoints,
        num_keypoints=int(there.sum()),
        bbox=[x, y, width, height],
        area=width * height,
        iscrowd=0,
    )
    if scores is not None and np.isfinite(scores).any():
        entry['score'] = float(np.nanmean(scores))
        entry['scores'] = [float(s) if np.isfinite(s) else None for s in scores]
    return entry


def xywh(box: Sequence[float]) -> tuple[float, float, float, float]:
    """COCO's x, y, width and height of a box ``(x1, y1, x2, y2)``."""
    x1, y1, x2, y2 = box
    return x1, y1, x2 - x1, y2 - y1


def category_entry(
    name: str, points: Sequence[str], skeleton: Sequence[tuple[int, int]] = ()
) -> dict:
    """An entry of ``categories``: named points, and pairs of 0-based indices to join."""
    return dict(
        id=1,
        name=name,
        supercategory='',
        keypoints=list(points),
        skeleton=[[a + 1, b + 1] for a, b in skeleton],  # COCO counts from 1
    )


def prediction_fields(values: Any, annotation: int) -> dict:
    """See :meth:`.prediction.Prediction.from_coco`."""
    images, annotations, categories = (
        _table(values, name) for name in ('images', 'annotations', 'categories')
    )
    if not 0 <= annotation < len(annotations):
        raise InputError(f'there is no annotation {annotation} in {len(annotations)}')
    entry = annotations[annotation]
    image = _by_id(images, entry, 'image_id')
    category = _by_id(categories, entry, 'category_id')
    names = category.get('keypoints')
    if not names or not isinstance(names, list) or not all(map(_is_text, names)):
        raise InputError(
            f'keypoints of a category are {shown(names)}, names are needed'
        )
    flat = _numbers(entry.get('keypoints'), 3 * len(names), 'keypoints')
    rows = flat.reshape(-1, 3)
    return dict(
        points=np.where(rows[:, 2:] > 0, rows[:, :2], np.nan),
        scores=_numbers(entry.get('scores', [None] * len(names)), len(names), 'scores'),
        names=tuple(names),
        box=_corners(entry.get('bbox')),
        spacing=spacing_of(image),
        size=_size(image),
        skeleton=skeleton_of(category.get('skeleton'), len(names)),
        scheme_name=str(category.get('name')),
    )


def skeleton_of(links: Any, count: int) -> tuple[tuple[int, int], ...]:
    """Pairs of 0-based indices of a category's ``skeleton``, which counts from 1.

    It is used for drawings only, so pairs that do not fit ``count`` points are left out.
    """
    links = links if isinstance(links, list) else []
    pairs = [tuple(link) for link in links if isinstance(link, (list, tuple))]
    whole = all(
        len(p) == 2 and all(isinstance(i, int) and 1 <= i <= count for i in p)
        for p in pairs
    )
    return tuple((a - 1, b - 1) for a, b in pairs) if whole else ()


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _table(values: Any, name: str) -> list[dict]:
    rows = values.get(name) if isinstance(values, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'this is not a COCO keypoints file: it has no list of {name}')
    return rows


def _by_id(table: list[dict], entry: dict, key: str) -> dict:
    found = [row for row in table if row.get('id') == entry.get(key)]
    if len(found) != 1:
        raise InputError(
            f'{key} {shown(entry.get(key))} is the id of {len(found)} entries'
        )
    return found[0]


def _numbers(
    values: Any, count: int, what: str, limit: float = MAX_PIXELS
) -> np.ndarray:
    if not isinstance(values, list) or len(values) != count:
        raise InputError(f'{what} are {shown(values)}, {count} numbers are needed')
    return np.array([number(value, f'a value of {what}', limit) for value in values])


def _corners(bbox: Any) -> tuple[float, ...] | None:
    if bbox is None:
        return None
    # a box may span all valid coordinates
    x, y, width, height = _numbers(bbox, 4, 'bbox', 2 * MAX_PIXELS).tolist()
    return x, y, x + width, y + height


def _size(image: dict) -> tuple[int, int] | None:
    size = image.get('width'), image.get('height')
    if not all(type(side) is int and side > 0 for side in size):
        return None
    return size  # type: ignore[return-value]
