"""What every reader returns, and how a reader says what it left out."""

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
        spacing: mm per pixel and who states it; None when not known.
        split: The part of the data set it belongs to; None when the source has none.
        subject: The person; splits are grouped by subject.
        box: ``(x1, y1, x2, y2)`` in pixels; None for the whole image.
        extra: Whatever else the source says. Written by ``prepare``: ``annotators``, a
            dict of each one's ``(K, 2)`` points, and ``depth``, an ``(H, W)`` float map.
    """

    id: str
    image: Path | np.ndarray
    points: np.ndarray
    spacing: PixelSpacing | None = None
    split: str | None = None
    subject: str | None = None
    box: tuple[float, float, float, float] | None = None
    extra: dict = field(default_factory=dict)


@dataclass
class ReadReport:
    """Collects what was left out or changed, so that one bad file does not end a long job.

    Attributes:
        skipped: Where each sample that is left out stands, and why it is.
        counts: Sentences and how often each holds: what was changed, or is missing.
    """

    skipped: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def skip(self, where: str | Path, why: str) -> None:
        """Note that the sample at ``where`` is left out, and why."""
        self.skipped.append((str(where), why))

    def count(self, what: str, number: int = 1) -> None:
        """Add to a count shown in the summary, such as points outside the image."""
        if number:
            self.counts[what] += number

    def reasons(self) -> Counter:
        """How many samples are left out for each reason, particulars of each left out."""
        return Counter(_reason(why) for _, why in self.skipped)


def _reason(why: str) -> str:
    """A message without its names, paths and numbers."""
    text = re.sub(r"""'[^']*'|"[^"]*"|\S*[\\/]\S*|\S*\d\S*""", '...', why)
    return re.sub(r'\.\.\.(\W*\.\.\.)+', '...', text)


def say(report: ReadReport | None, what: str, number: int = 1) -> None:
    """Count ``what`` in the report; where there is none, warn."""
    if report is not None:
        report.count(what, number)
    elif number:
        warnings.warn(f'{number} {what}', stacklevel=2)


def read_each(
    paths: Iterable[Path],
    read: Callable[[Path], LandmarkSample],
    report: ReadReport | None,
) -> list[LandmarkSample]:
    """Read a sample a file; ``report`` is told of the bad ones.

    Raises:
        InputError: A bad file, and there is no report.
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
    """Raise :class:`InputError` when an id stands twice."""
    repeated = [name for name, n in Counter(ids).items() if n > 1]
    if repeated:
        raise InputError(
            f'{len(repeated)} ids stand for more than one image ({repeated[0]!r} first): '
            'give every image its own id or file name'
        )
