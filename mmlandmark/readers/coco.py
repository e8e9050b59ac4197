"""COCO keypoints JSON, the exchange format of CVAT, Label Studio and FiftyOne."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..schemes import Scheme, scheme_from_names, spelling_key
from .sample import LandmarkSample, ReadReport, checked_spacing

PART_OF_STEM = {'train': 'train', 'val': 'val', 'valid': 'val', 'test': 'test'}


def read_coco(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read one annotation file, or every one in a folder.

    Points are matched to the scheme by name, never by order alone, and taken as 0-based
    pixels; visibility 0 means missing. ``pixel_spacing`` (``[sy, sx]``, mm) and
    ``patient_id`` are read from ``images[]`` when they are there.

    Args:
        src: A ``.json`` file with the images beside it (or in ``images/``), or a folder
            with such files (or with ``annotations/*.json``). The word train, val or test
            in a file's name names the split.
        scheme: The points wanted. :func:`coco_scheme` makes one from the file itself.
        report: Collects the annotations left out; without one the first is an error.

    Raises:
        InputError: Nothing to read, no COCO file, or points the scheme needs are absent.
    """
    samples: list[LandmarkSample] = []
    for path in annotation_files(src):
        samples += _read_file(path, scheme, report)
    return samples


def coco_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme that the first annotation file's first category with points declares."""
    path = annotation_files(src)[0]
    for category in _load(path)['categories']:
        if category.get('keypoints'):
            scheme = scheme_from_names(name, [str(p) for p in category['keypoints']])
            skeleton = _skeleton(category.get('skeleton') or (), len(scheme))
            return Scheme(scheme.name, scheme.points, scheme.labels, (), skeleton)
    raise InputError(f"{path}: no category has 'keypoints', the names of its points")


def coco_images(
    path: str | Path,
) -> list[tuple[Path, tuple[float, float] | None]]:
    """The images a COCO file lists, annotated or not, and each one's mm per pixel.

    Raises:
        InputError: No such file, no COCO file, or a spacing is not two positive numbers.
    """
    (path,) = annotation_files(path)
    return [
        (
            image_beside(path, Path(image['file_name'])),
            checked_spacing(image.get('pixel_spacing')),
        )
        for image in _load(path)['images']
    ]


def _skeleton(links, count: int) -> tuple[tuple[int, int], ...]:
    """COCO counts a skeleton's points from 1; one that does not fit is only not drawn."""
    pairs = [tuple(link) for link in links if isinstance(link, (list, tuple))]
    whole = all(
        len(p) == 2 and all(isinstance(i, int) and 1 <= i <= count for i in p)
        for p in pairs
    )
    return tuple((a - 1, b - 1) for a, b in pairs) if whole else ()


def annotation_files(src: str | Path) -> list[Path]:
    """The COCO files under ``src``; raises :class:`InputError` when there is none."""
    src = Path(src)
    if src.is_file():
        return [src]
    for folder in (src / 'annotations', src):
        files = sorted(folder.glob('*.json')) if folder.is_dir() else []
        if files:
            return files
    raise InputError(
        f'no COCO file at {src}: give a .json file, or a folder with annotations/*.json'
    )


def _load(path: Path) -> dict:
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
        for table in _TABLES:
            if not all(isinstance(row['id'], (int, str)) for row in data[table]):
                raise TypeError(f'a row of {table} has no id')
        return data
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f'{path} is not a COCO keypoints file: {error!r}') from None


_TABLES = ('images', 'annotations', 'categories')


def _read_file(
    path: Path, scheme: Scheme, report: ReadReport | None
) -> list[LandmarkSample]:
    data = _load(path)
    images = {image['id']: image for image in data['images']}
    orders = {c['id']: _order(path, c, scheme) for c in data['categories']}
    words = re.split('[^a-z]+', path.stem.lower())
    split = next((PART_OF_STEM[word] for word in words if word in PART_OF_STEM), None)
    seen: dict = {}
    samples = []
    for annotation in data['annotations']:
        try:
            image = images[annotation['image_id']]
            points = _points(annotation, orders[annotation['category_id']])
            nth = seen[image['id']] = seen.get(image['id'], 0) + 1
            samples.append(_sample(image, annotation, points, path, split, nth))
        except (InputError, KeyError, TypeError, ValueError, IndexError) as error:
            where = f'{path.name} annotation {annotation.get("id", "?")}'
            if report is None:
                raise InputError(f'{where}: {error}') from None
            report.skip(where, str(error))
    return samples


def _order(path: Path, category: dict, scheme: Scheme) -> list[int] | None:
    """Where each point of the scheme stands in the category; None if it has no points."""
    names = category.get('keypoints')
    if not names:
        return None
    place = {spelling_key(str(name)): i for i, name in enumerate(names)}
    absent = [p for p in scheme.points if spelling_key(p) not in place]
    if absent:
        raise InputError(
            f'{path}: category {category.get("name")!r} has {len(names)} points and '
            f'lacks {len(absent)} of the {len(scheme)} of scheme {scheme.name}, '
            f'{absent[0]!r} first'
        )
    return [place[spelling_key(point)] for point in scheme.points]


def _points(annotation: dict, order: list[int] | None) -> np.ndarray:
    if order is None:
        raise InputError('its category names no points')
    flat = np.array(annotation.get('keypoints', []), dtype=float)
    if flat.size % 3 or flat.size < 3 * (max(order) + 1):
        raise InputError(f'{flat.size} numbers, {3 * len(order)} are needed (x, y, v)')
    rows = flat.reshape(-1, 3)[order]
    return np.where(rows[:, 2:] > 0, rows[:, :2], np.nan)


def _sample(
    image: dict,
    annotation: dict,
    points: np.ndarray,
    path: Path,
    split: str | None,
    nth: int,
) -> LandmarkSample:
    name = Path(image['file_name'])
    box = annotation.get('bbox')
    return LandmarkSample(
        # a second head in one picture needs an id of its own
        id='_'.join(name.with_suffix('').parts) + (f'_{nth}' if nth > 1 else ''),
        image=image_beside(path, name),
        points=points,
        spacing=checked_spacing(image.get('pixel_spacing')),
        split=split,
        subject=str(image.get('patient_id', image['file_name'])),
        box=(box[0], box[1], box[0] + box[2], box[1] + box[3]) if box else None,
    )


def image_beside(path: Path, name: Path) -> Path:
    """Where an annotation file's image lies; ``images/NAME`` where it is not found."""
    here, above = path.parent, path.parent.parent
    folders = (here / 'images', above / 'images', here, above)
    found = (folder / name for folder in folders if (folder / name).is_file())
    return next(found, here / 'images' / name)
