"""The samples that readers return, and the report of what a reader left out."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import InputError
from .pixel_spacing import PixelSpacing


@dataclass
class LandmarkSample:
    """One image and its points.

    Attributes:
        id: Unique within a data set; names the prepared image file.
        image: Path of the image, or the image itself, ``(H, W)`` or ``(H, W, 3)`` RGB
            uint8.
        points: ``(K, 2)`` float, x right and y down, 0-based pixel centres of the image;
            NaN where not annotated.
        spacing: mm per pixel and its source; None if not known.
        split: The part of the data set; None if the data set has no parts.
        subject: The person; splits are grouped by subject.
        box: ``(x1, y1, x2, y2)`` in pixels; None for the whole image.
        occluded: ``(K,)`` bool, True where a point is annotated but hidden (COCO's
            visibility 1); None if the source does not say.
        extra: Other data of the source. ``prepare`` writes ``annotators``, a dict of the
            ``(K, 2)`` points of each annotator, and ``depth``, an ``(H, W)`` float map.
            ``scores`` is the ``(K,)`` confidence of predicted points. COCO files also keep
            the keys of :data:`mmlandmark.structures.coco.IMAGE_EXTRAS`.
    """

    id: str
    image: Path | np.ndarray
    points: np.ndarray
    spacing: PixelSpacing | None = None
    split: str | None = None
    subject: str | None = None
    box: tuple[float, float, float, float] | None = None
    occluded: np.ndarray | None = None
    extra: dict = field(default_factory=dict)


@dataclass
class ReadReport:
    """Collects what was left out or changed, so that an invalid file does not stop reading.

    Attributes:
        skipped: The source of each sample that is left out, and the reason.
        counts: Descriptions of what was changed or is missing, with their numbers.
    """

    skipped: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def skip(self, where: str | Path, why: str) -> None:
        """Record that the sample at ``where`` is left out, with the reason."""
        self.skipped.append((str(where), why))

    def count(self, what: str, number: int = 1) -> None:
        """Add to a count shown in the summary, such as points outside the image."""
        if number:
            self.counts[what] += number

    def reasons(self) -> Counter:
        """Number of samples left out for each reason, without names and numbers."""
        return Counter(_reason(why) for _, why in self.skipped)


def _reason(why: str) -> str:
    """A message with its names, paths and numbers replaced by ``...``."""
    text = re.sub(r"""'[^']*'|"[^"]*"|\S*[\\/]\S*|\S*\d\S*""", '...', why)
    return re.sub(r'\.\.\.(\W*\.\.\.)+', '...', text)


def note(report: ReadReport | None, what: str, number: int = 1) -> None:
    """Count ``what`` in the report; issue a warning if there is no report."""
    if report is not None:
        report.count(what, number)
    elif number:
        warnings.warn(f'{number} {what}', stacklevel=2)


def read_each(
    paths: Iterable[Path],
    read: Callable[[Path], LandmarkSample],
    report: ReadReport | None,
) -> list[LandmarkSample]:
    """Read one sample per file; ``report`` collects the files that cannot be read.

    Raises:
        InputError: A file cannot be read and ``report`` is None.
    """
    samples = []
    for path in paths:
        try:
            samples.append(read(path))
        except InputError as error:
            if report is None:
                raise
            report.skip(path, str(error))
    return samples


def require_unique_ids(ids: list[str]) -> None:
    """Raise :class:`InputError` if an id occurs twice."""
    repeated = [name for name, n in Counter(ids).items() if n > 1]
    if repeated:
        raise InputError(
            f'{len(repeated)} ids are used for more than one image ({repeated[0]!r} '
            'first): give every image its own id or file name'
        )
