"""Reads COCO keypoints; see :mod:`mmlandmark.formats.coco` for the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...schemes import Scheme, scheme_from_names
from ...structures.coco import image_extras, skeleton_of, spacing_of
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport, note
from ..common.image_finder import finder_beside
from ..common.image_names import distinct_ids, folded, image_id_of, numbered
from ..common.sizes import Fit, claimed_size, fit_file
from ..common.values import identifier, is_missing, number, shown
from .category import choose_category, point_orders
from .file import CocoFile, Id, coco_files, load_coco, referred


def read_coco(
    src: str | Path,
    scheme: Scheme,
    report: ReadReport | None = None,
    category: str | None = None,
) -> list[LandmarkSample]:
    """Read one annotation file, or all in a folder.

    Points are matched with the scheme by name. In a file without point names they are in
    the order of the scheme. If an image has another size than ``width`` and ``height`` in
    the file, with the same aspect ratio, points and boxes are scaled to the image.

    Args:
        src: A ``.json`` file with the images beside it (or in ``images/``), or a folder,
            see :func:`~.file.coco_files`. A word such as train, val or test in the name of
            a file or of its folder gives the split.
        scheme: The K points to read. :func:`coco_scheme` makes one from the file itself.
        report: Collects the annotations left out and counts changes; without it the first
            bad annotation raises an error, and a change is a warning.
        category: The name of the category to read; by default all with the points of the
            scheme.

    Returns:
        One sample per annotation with points: ``(K, 2)`` points, 0-based pixel centres, NaN
        where missing; box, spacing, split and subject where the file has them.

    Raises:
        InputError: Nothing to read, not a COCO file, an id occurs twice, or points of the
            scheme are missing in the file.
    """
    read = [
        (file, name, sample)
        for file in coco_files(src, report)
        for name, sample in _read_file(file, scheme, report, category)
    ]
    return _with_ids(read, Path(src))


def coco_scheme(
    src: str | Path, name: str = 'custom', category: str | None = None
) -> Scheme:
    """The scheme of a category in the first annotation file.

    Args:
        src: As for :func:`read_coco`.
        name: The name of the scheme.
        category: The name of the category; by default the first with points that
            annotations use.

    Raises:
        InputError: No such category, or it names no points.
    """
    file = coco_files(src, ReadReport())[0]
    chosen = choose_category(file, category)
    scheme = scheme_from_names(name, [str(p) for p in chosen['keypoints']])
    return replace(scheme, skeleton=skeleton_of(chosen.get('skeleton'), len(scheme)))


def coco_images(path: str | Path) -> list[tuple[Path, PixelSpacing | None]]:
    """The images in a COCO file, annotated or not, with their spacing.

    Returns:
        For each image its path and its spacing ``(sy, sx)`` in mm per pixel, or None. For
        an image that does not exist, the first path that was tried.

    Raises:
        InputError: No such file, not a COCO file, or a spacing is not two positive numbers.
    """
    file = load_coco(path, needed=('images',))
    finder = finder_beside(file.path)
    found = []
    for image in file.images.values():
        spacing = spacing_of(image)
        path = finder.find(image.get('file_name'), must_exist=False)
        found.append((path, spacing))
    return found


def _read_file(
    file: CocoFile, scheme: Scheme, report: ReadReport | None, category: str | None
) -> list[tuple[str, LandmarkSample]]:
    """The samples of a file, each with the name of its image, without ids."""
    orders = point_orders(file, scheme, category, report)
    images = _Images(file, report)
    samples = []
    for nth, annotation in enumerate(_taken(file.annotations), start=1):
        try:
            kind = referred(file.categories, annotation, 'category_id', 'categories')
            image = referred(file.images, annotation, 'image_id', 'images')
            images.annotated.add(image)
            if kind not in orders:
                name, points = (
                    file.categories[kind].get(k) for k in ('name', 'keypoints')
                )
                other = f' (category={shown(name)} reads it)' if points else ''
                note(report, f'annotations left out, of category {shown(name)}{other}')
                continue
            head = _head(annotation, *orders[kind])
            if head is None:
                note(report, 'annotations left out, without a point')
                continue
            sample = images.sample(image, head)
            samples.append((file.images[image]['file_name'], sample))
        except InputError as error:
            where = f'{file.path.name} annotation {shown(annotation.get("id", nth))}'
            if report is None:
                raise InputError(f'{where}: {error}') from None
            report.skip(where, str(error))
    left = len(file.images) - len(images.annotated)
    if report is not None:
        report.count('images left out, without an annotation', left)
    return samples


def _taken(rows: list) -> Iterator:
    """The rows in order, each taken out of the list: samples replace them in memory."""
    rows.reverse()
    while rows:
        yield rows.pop()


class _Images:
    """The images of a file: their paths, and transforms from labelled to actual size."""

    def __init__(self, file: CocoFile, report: ReadReport | None):
        self.file = file
        self.report = report
        self.split = file.split()
        self.annotated: set[Id] = set()
        self._finder = finder_beside(file.path, file.src)
        self._places: dict[Id, tuple[Path, Fit]] = {}
        self._image_at: dict[Path, Id] = {}

    def sample(self, key: Id, head: dict) -> LandmarkSample:
        """A sample of the image of an id.

        Args:
            key: The id.
            head: Fields of the sample that :func:`_head` reads.
        """
        if key not in self._places:
            self._places[key] = self._place(key)
        image, (path, fit) = self.file.images[key], self._places[key]
        patient = image.get('patient_id')
        head['extra'] |= image_extras(image)
        labelled = LandmarkSample(
            id='',
            image=path,
            spacing=spacing_of(image),
            split=self.split,
            subject=None
            if is_missing(patient)
            else str(identifier(patient, 'patient_id')),
            **head,
        )
        return fit.sample(labelled) if fit.notes else labelled

    def _place(self, key: Id) -> tuple[Path, Fit]:
        image = self.file.images[key]
        path = self._finder.find(image.get('file_name'), must_exist=False)
        other = self._image_at.setdefault(path, key)
        if other != key:
            raise InputError(
                f'images {shown(other)} and {shown(key)} are both {path.name}: give each '
                'image one entry'
            )
        size = claimed_size(image.get('width'), image.get('height'))
        return path, fit_file(path, size, self.report)


def _head(annotation: dict, order: list[int], count: int) -> dict | None:
    """Points, occlusion, box and extras, in the scheme's order; None without a point."""
    found = _points(annotation.get('keypoints'), order, count)
    if found is None:
        return None
    points, occluded = found
    extra: dict[str, Any] = {}
    scores = annotation.get('scores')
    if isinstance(scores, list) and len(scores) == count:
        extra['scores'] = np.array([number(s, 'a score') for s in scores])[order]
    views = annotation.get('annotators')
    if isinstance(views, dict) and views:
        extra['annotators'] = {
            str(who): _annotator(rows, order, count) for who, rows in views.items()
        }
    box = _box(annotation.get('bbox'))
    return dict(points=points, occluded=occluded, box=box, extra=extra)


def _points(
    keypoints: Any, order: list[int], count: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """``(K, 2)`` points and ``(K,)`` occlusion; None if no point is set."""
    values = keypoints or []
    if isinstance(values, list) and all(isinstance(row, list) for row in values):
        values = list(chain.from_iterable(values))
    if not isinstance(values, list):
        raise InputError(f'keypoints are {shown(values)}, a list is needed')
    if values and len(values) != 3 * count:
        raise InputError(f'{len(values)} numbers, {3 * count} are needed (x, y, v)')
    rows = _numbers(values).reshape(-1, 3)
    # visibility 1 is an annotated, occluded point; NaN > 0 is False
    present = (rows[:, 2] > 0) & np.isfinite(rows).all(axis=1)
    if not present.any():
        return None
    points = np.where(present[:, None], rows[:, :2], np.nan)
    return points[order], (present & (rows[:, 2] == 1))[order]


def _numbers(values: list) -> np.ndarray:
    if {*map(type, values)} <= {int, float}:  # nearly always, and many times as fast
        with suppress(OverflowError):
            found = np.array(values, float)
            if not np.isinf(found).any():
                return found
    return np.array(
        [number(v, f'number {i} of its keypoints') for i, v in enumerate(values, 1)]
    )


def _annotator(rows: Any, order: list[int], count: int) -> np.ndarray:
    """The points of one annotator, an extension of COCO; null is missing."""
    whole = isinstance(rows, list) and len(rows) == count
    if not whole or not all(isinstance(r, list) and len(r) == 2 for r in rows):
        raise InputError(
            f'points of an annotator are {shown(rows)}, {count} pairs x, y are needed'
        )
    points = [[number(v, 'a coordinate of an annotator') for v in r] for r in rows]
    return np.array(points, float).reshape(-1, 2)[order]


def _box(bbox: Any) -> tuple[float, float, float, float] | None:
    """A box ``(x1, y1, x2, y2)`` from COCO's x, y, width, height; None for no box."""
    if bbox is None or bbox == []:
        return None
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise InputError(f'bbox is {shown(bbox)}, x, y, width and height are needed')
    x, y, w, h = (number(value, 'a number of its bbox') for value in bbox)
    return None if np.isnan([x, y, w, h]).any() else (x, y, x + w, y + h)


def _with_ids(
    read: list[tuple[CocoFile, str, LandmarkSample]], src: Path
) -> list[LandmarkSample]:
    """Give every sample a unique id; the heads of one image share the subject."""
    names: dict[Path, str] = {}
    files: dict[Path, CocoFile] = {}
    for file, name, sample in read:
        path = sample.image
        assert isinstance(path, Path)
        names.setdefault(path, name)
        if files.setdefault(path, file) is not file:
            raise InputError(
                f'{path} is annotated in {files[path].path} and in {file.path}: read '
                'one of the two'
            )
    short = {path: folded(image_id_of(name)) for path, name in names.items()}
    counts = Counter(short.values())
    for path, key in short.items():
        if counts[key] > 1 and path.is_relative_to(src):
            names[path] = path.relative_to(src).as_posix()
    base = dict(zip(names, distinct_ids(list(names.values())), strict=True))
    samples = [sample for _, _, sample in read]
    ids = numbered(base[sample.image] for sample in samples)  # type: ignore[index]
    for one, sample in zip(ids, samples, strict=True):
        sample.id = one
        sample.subject = sample.subject or base[sample.image]  # type: ignore[index]
    return samples
