"""Makes samples of the heads that a label file describes: names, sizes, ids, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ...errors import InputError
from ...io.pillow_files import READABLE_SUFFIXES
from ...schemes import Scheme, name_key
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport
from .image_finder import ImageFinder
from .image_names import distinct_ids, numbered
from .points import ordered
from .sizes import Fit, claimed_size, fit_file

Point = tuple[str, float, float]


@dataclass
class Head:
    """One head as a label file describes it.

    Attributes:
        image: The image file.
        name: The name of the image in the label file, of which its id is made.
        points: Name, x and y of each annotated point, 0-based pixel centres.
        hidden: The names of the occluded points; None if the format does not say.
        scores: Name of a point to its confidence.
        box: ``(x1, y1, x2, y2)`` in pixels; None if the format has none.
        size: Width and height that the label file states, unchecked.
        spacing: mm per pixel.
        subject: The person.
        split: The split.
        fitted: Whether the points are pixels of the image file as it is displayed, so
            that they need no scaling.
        extra: Other data, see :class:`LandmarkSample`.
    """

    image: Path
    name: str
    points: list[Point]
    hidden: set[str] | None = None
    scores: dict[str, float] = field(default_factory=dict)
    box: tuple[float, float, float, float] | None = None
    size: tuple[Any, Any] = (None, None)
    spacing: PixelSpacing | None = None
    subject: str | None = None
    split: str | None = None
    fitted: bool = False
    extra: dict = field(default_factory=dict)


#: Where a head is in the file, for messages, and the function that parses it.
Parsed = tuple[str, Callable[[], Head]]


def failed(where: str, error: InputError) -> Parsed:
    """A file that cannot be read, which :func:`read_heads` reports as it does a head."""

    def parse() -> Head:
        raise error

    return where, parse


def read_heads(
    heads: Iterable[Parsed], scheme: Scheme, report: ReadReport | None
) -> list[LandmarkSample]:
    """Parse heads and make a sample of each.

    Args:
        heads: The place of each head in its file, and the function that parses it.
        scheme: The K points; they are matched by name.
        report: Collects the heads that cannot be read; without it the first raises.

    Returns:
        Samples with unique ids; the heads of an image share its subject.

    Raises:
        InputError: A head cannot be read and ``report`` is None.
    """
    samples: list[LandmarkSample] = []
    names: dict[Path, str] = {}
    fits: dict[tuple, Fit] = {}
    for where, parse in heads:
        try:
            head = parse()
            sample = _sample(head, scheme, report, fits)
        except InputError as error:
            if report is None:
                raise InputError(f'{where}: {error}') from None
            report.skip(where, str(error))
            continue
        names.setdefault(head.image, head.name)
        samples.append(sample)
    base = dict(zip(names, distinct_ids(list(names.values())), strict=True))
    ids = numbered(base[s.image] for s in samples)  # type: ignore[index]
    for one, sample in zip(ids, samples, strict=True):
        sample.id = one
        sample.subject = sample.subject or base[sample.image]  # type: ignore[index]
    return samples


def _sample(
    head: Head, scheme: Scheme, report: ReadReport | None, fits: dict[tuple, Fit]
) -> LandmarkSample:
    place = scheme.places()
    occluded = None
    if head.hidden is not None:
        occluded = np.zeros(len(scheme), bool)
        occluded[
            [i for n in head.hidden if (i := place.get(name_key(n))) is not None]
        ] = True
    extra = dict(head.extra)
    if head.scores:
        scores = np.full(len(scheme), np.nan)
        for name, score in head.scores.items():
            if (i := place.get(name_key(name))) is not None:
                scores[i] = score
        extra['scores'] = scores
    sample = LandmarkSample(
        id='',
        image=head.image,
        points=ordered(head.points, scheme, report),
        spacing=head.spacing,
        split=head.split,
        subject=head.subject,
        box=head.box,
        occluded=occluded,
        extra=extra,
    )
    if head.fitted:
        return sample
    size = claimed_size(*head.size)
    fit = fits.get((head.image, size))
    if fit is None:
        fit = fits[head.image, size] = fit_file(head.image, size, report)
    return fit.sample(sample) if fit.notes else sample


def unnamed(count: int) -> list[str]:
    """The names of the points in a format that names none: ``point 1``, ``point 2``, ..."""
    return [f'point {i}' for i in range(1, count + 1)]


def in_order(scheme: Scheme, rows: np.ndarray) -> list[Point]:
    """The points of a format that names none, in the order of a scheme.

    Args:
        scheme: The K points.
        rows: ``(K, 2)``, NaN where missing.

    Raises:
        InputError: The numbers of points differ.
    """
    if len(rows) != len(scheme):
        raise InputError(
            f'{len(rows)} points, scheme {scheme.name} has {len(scheme)}: the format names '
            'no points, so their numbers must be equal'
        )
    return [
        (name, float(x), float(y))
        for name, (x, y) in zip(scheme.points, rows, strict=True)
        if np.isfinite([x, y]).all()
    ]


def image_beside(finder: ImageFinder, stem: str) -> Path:
    """The image of a label file that does not name it, by its stem.

    Raises:
        InputError: There is no such image, or there are several.
    """
    found: list[Path] = []
    for suffix in READABLE_SUFFIXES:
        for spelling in dict.fromkeys((suffix, suffix.upper())):
            path = finder.find(stem + spelling, must_exist=False)
            if path.is_file() and not any(path.samefile(other) for other in found):
                found.append(path)
    if not found:
        raise InputError(f'no image {stem}{{.jpg,.png,...}} beside it: put it there')
    if len(found) > 1:
        names = ', '.join(path.name for path in found)
        raise InputError(f'several images may be its own, {names}: keep one of them')
    return found[0]


def image_named(finder: ImageFinder, name: str) -> Path:
    """The image of a name that may lack its suffix, as some programs leave it out.

    Raises:
        InputError: There is no such image, or there are several.
    """
    if PurePosixPath(name).suffix.lower() in READABLE_SUFFIXES:
        return finder.find(name)
    return image_beside(finder, name)


def label_files(src: Path, ending: str) -> list[Path]:
    """The file, or all files of a folder and the folders below it, by their ending.

    Raises:
        InputError: There is no such file.
    """
    if src.is_file():
        return [src]
    found = sorted(
        path
        for path in src.rglob(f'*{ending}')
        if path.is_file() and not path.name.startswith('.')
    )
    if not found:
        raise InputError(f'no file *{ending} at {src}')
    return found
