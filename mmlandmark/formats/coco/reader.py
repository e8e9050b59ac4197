"""COCO keypoints JSON, the exchange format of CVAT, Label Studio and FiftyOne."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...schemes import Scheme, scheme_from_names
from ...structures.coco import skeleton_of, spacing_of
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport, say
from ..common.lookup import distinct_ids, finder_beside, folded, image_id_of, numbered
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
    """Read one annotation file, or every one in a folder.

    Points are matched to the scheme by name, and taken as 0-based pixels of a picture of
    the size that the file gives; visibility 0 means missing. A file that names no points
    has them in the order of the scheme. ``pixel_spacing`` (``[sy, sx]``, mm),
    ``pixel_spacing_source`` and ``patient_id`` are read from ``images[]`` when they are
    there.

    Args:
        src: A ``.json`` file with the images beside it (or in ``images/``), or a folder,
            see :func:`~.coco_file.coco_files`. A word such as train, val or test in a
            file's name, or in its folder's, names the part.
        scheme: The points wanted. :func:`coco_scheme` makes one from the file itself.
        report: Collects the annotations left out and what was changed; without one the
            first that cannot be used is an error, and a change is a warning.
        category: The name of the category to read; by default those with the scheme's
            points.

    Returns:
        One sample per annotation with points.

    Raises:
        InputError: Nothing to read, no COCO file, ids that stand twice, or points the
            scheme needs are absent.
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
    """The scheme that the first annotation file's first category with points declares.

    Args:
        src: As for :func:`read_coco`.
        name: The name of the scheme.
        category: The name of the category; by default the first that annotations have.

    Raises:
        InputError: No such category, or it names no points.
    """
    file = coco_files(src, ReadReport())[0]
    chosen = choose_category(file, category)
    scheme = scheme_from_names(name, [str(p) for p in chosen['keypoints']])
    return replace(scheme, skeleton=skeleton_of(chosen.get('skeleton'), len(scheme)))


def coco_images(path: str | Path) -> list[tuple[Path, PixelSpacing | None]]:
    """The images a COCO file lists, annotated or not, and the spacing of each.

    An image that is not there comes with the path at which it was first looked for.

    Raises:
        InputError: No such file, no COCO file, or a spacing is not two positive numbers.
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
    """The samples of a file, each with the name of its image; ids are given later."""
    orders = point_orders(file, scheme, category, report)
    images = _Images(file, report)
    samples = []
    for nth, annotation in enumerate(file.annotations, start=1):
        try:
            kind = referred(file.categories, annotation, 'category_id', 'categories')
            image = referred(file.images, annotation, 'image_id', 'images')
            images.annotated.add(image)
            if kind not in orders:
                name, points = (
                    file.categories[kind].get(k) for k in ('name', 'keypoints')
                )
                other = f' (category={shown(name)} reads it)' if points else ''
                say(report, f'annotations left out, of category {shown(name)}{other}')
                continue
            points = _points(annotation.get('keypoints'), *orders[kind])
            if points is None:
                say(report, 'annotations left out, without a point')
                continue
            sample = images.sample(image, points, _box(annotation.get('bbox')))
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


class _Images:
    """The images of a file: where each lies, and how its labelled points lie in it."""

    def __init__(self, file: CocoFile, report: ReadReport | None):
        self.file = file
        self.report = report
        self.part = file.part()
        self.annotated: set[Id] = set()
        self._finder = finder_beside(file.path, file.src)
        self._places: dict[Id, tuple[Path, Fit]] = {}
        self._image_at: dict[Path, Id] = {}

    def sample(
        self, key: Id, points: np.ndarray, box: tuple[float, ...] | None
    ) -> LandmarkSample:
        """A sample of the image of an id."""
        if key not in self._places:
            self._places[key] = self._place(key)
        image, (path, fit) = self.file.images[key], self._places[key]
        patient = image.get('patient_id')
        labelled = LandmarkSample(
            id='',
            image=path,
            points=points,
            spacing=spacing_of(image),
            split=self.part,
            subject=None
            if is_missing(patient)
            else str(identifier(patient, 'patient_id')),
            box=box,  # type: ignore[arg-type]
        )
        return fit.sample(labelled) if fit.said else labelled

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


def _points(keypoints: Any, order: list[int], count: int) -> np.ndarray | None:
    """``(K, 2)`` in the order of the scheme; None where no point is set."""
    values = keypoints or []
    if isinstance(values, list) and all(isinstance(row, list) for row in values):
        values = list(chain.from_iterable(values))
    if not isinstance(values, list):
        raise InputError(f'keypoints are {shown(values)}, a list is needed')
    if values and len(values) != 3 * count:
        raise InputError(f'{len(values)} numbers, {3 * count} are needed (x, y, v)')
    numbers = [
        number(v, f'number {i} of its keypoints') for i, v in enumerate(values, 1)
    ]
    rows = np.array(numbers).reshape(-1, 3)
    # visibility 1 is a point that is there, hidden behind something; NaN > 0 is False
    present = (rows[:, 2] > 0) & np.isfinite(rows).all(axis=1)
    if not present.any():
        return None
    return np.where(present[:, None], rows[:, :2], np.nan)[order]


def _box(bbox: Any) -> tuple[float, float, float, float] | None:
    """A box ``(x1, y1, x2, y2)`` of COCO's x, y, width, height; None for none."""
    if bbox is None or bbox == []:
        return None
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise InputError(f'bbox is {shown(bbox)}, x, y, width and height are needed')
    x, y, w, h = (number(value, 'a number of its bbox') for value in bbox)
    return None if np.isnan([x, y, w, h]).any() else (x, y, x + w, y + h)


def _with_ids(
    read: list[tuple[CocoFile, str, LandmarkSample]], src: Path
) -> list[LandmarkSample]:
    """Give every sample an id of its own; the heads of one image share the subject."""
    names: dict[Path, str] = {}
    files: dict[Path, CocoFile] = {}
    for file, name, sample in read:
        path = Path(sample.image)  # type: ignore[arg-type]
        names.setdefault(path, name)
        if files.setdefault(path, file) is not file:
            raise InputError(
                f'{path} is annotated in {files[path].path} and in {file.path}: read '
                'one of the two'
            )
    short = Counter(folded(image_id_of(name)) for name in names.values())
    for path, name in names.items():
        if short[folded(image_id_of(name))] > 1 and path.is_relative_to(src):
            names[path] = path.relative_to(src).as_posix()
    base = dict(zip(names, distinct_ids(list(names.values())), strict=True))
    samples = [sample for _, _, sample in read]
    ids = numbered(base[sample.image] for sample in samples)  # type: ignore[index]
    return [
        replace(sample, id=one, subject=sample.subject or base[sample.image])  # type: ignore[index]
        for one, sample in zip(ids, samples, strict=True)
    ]
