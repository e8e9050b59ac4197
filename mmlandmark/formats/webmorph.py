"""WebMorph's templates, ``.tem``: the points of one face, and the lines between them.

The first line is the number of points, then one line ``x y`` per point, then the number of
lines, and of each line whether it is closed (0 or 1), its number of points, and their
indices from 0. ``a.tem`` belongs to the image ``a.jpg``.

Index base: 0-based pixels. DeBruine, WebMorphR (2022); Psychomorph (Tiddeman et al., 2001).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from .common.heads import (
    Head,
    Parsed,
    image_beside,
    in_order,
    label_files,
    read_heads,
    unnamed,
)
from .common.image_finder import finder_beside
from .common.points import scheme_of
from .common.text_file import read_text
from .common.values import shown
from .common.writing import Names, by_image, stems_of, text_of

# (whether it is closed, the indices of its points)
Line = tuple[int, tuple[int, ...]]


def read_webmorph(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a template, or those of a folder; points are in the order of the scheme.

    Args:
        src: A ``.tem`` file, or a folder, with the images beside the templates.
        scheme: The K points. :func:`webmorph_scheme` numbers them.
        report: Collects the templates that cannot be read; without it the first raises.

    Returns:
        One sample per template: ``(K, 2)`` points, 0-based pixels; ``extra['lines']`` its
        lines.

    Raises:
        InputError: No such file, or a bad template and ``report`` is None.
    """

    def heads() -> Iterator[Parsed]:
        for file in label_files(Path(src), '.tem'):
            yield file.name, partial(_head, file, scheme)

    return read_heads(heads(), scheme, report)


def webmorph_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme ``point 1``, ``point 2``, ... of the first template, with its lines.

    Raises:
        InputError: No such file, or not a template.
    """
    file = label_files(Path(src), '.tem')[0]
    points, lines = _parsed(file)
    pairs = dict.fromkeys(
        pair
        for closed, line in lines
        for pair in [*pairwise(line), *([(line[-1], line[0])] if closed else [])]
        if pair[0] != pair[1]
    )
    scheme = scheme_of(unnamed(len(points)), name, file)
    return replace(scheme, skeleton=tuple(pairs))


def write_webmorph(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM.tem`` for the first head of each image.

    The lines are those that :func:`read_webmorph` found, else those of the scheme.

    Args:
        out: The folder.
        samples: Samples of image files.
        scheme: Their K points, whose names the format does not have.
        label: Not used.

    Returns:
        Each image and its name beside the template.

    Raises:
        InputError: A point is missing: the format cannot say so.
    """
    images = by_image(samples)
    names = stems_of(images)
    joined = [(0, pair) for pair in scheme.skeleton]
    for path, heads in images.items():
        sample = heads[0]
        if not np.isfinite(sample.points).all():
            raise InputError(
                f'{path.name} lacks points, and a template of WebMorph has all: leave the '
                'image out'
            )
        rows = [f'{text_of(x)}\t{text_of(y)}' for x, y in sample.points.tolist()]
        lines = sample.extra.get('lines', joined)
        text = [str(len(rows)), *rows, str(len(lines))]
        for closed, line in lines:
            text += [str(closed), str(len(line)), ' '.join(map(str, line))]
        file = out / f'{Path(names[path]).stem}.tem'
        file.write_text('\n'.join(text) + '\n', encoding='utf-8')
    return names


def _head(file: Path, scheme: Scheme) -> Head:
    points, lines = _parsed(file)
    path = image_beside(finder_beside(file), file.stem)
    extra = dict(lines=lines) if lines else {}
    return Head(path, path.name, in_order(scheme, points), extra=extra)


def _parsed(file: Path) -> tuple[np.ndarray, list[Line]]:
    words = read_text(file).removeprefix('\ufeff').split()
    try:
        count = int(words[0])
        end = 1 + 2 * count
        if count < 1 or len(words) < end:
            raise ValueError(f'{count} points are not in it')
        points = np.array([float(w) for w in words[1:end]]).reshape(-1, 2)
        if not np.isfinite(points).all():
            raise ValueError('a coordinate is not finite')
        return points, _lines(words[end:], count)
    except (ValueError, IndexError, OverflowError) as error:
        text = shown(str(error))
        raise InputError(f'{file} is not a template of WebMorph: {text}') from None


def _lines(words: list[str], count: int) -> list[Line]:
    if not words:
        return []
    lines: list[Line] = []
    place = 1
    for _ in range(int(words[0])):
        closed, number = int(words[place]), int(words[place + 1])
        line = tuple(int(w) for w in words[place + 2 : place + 2 + number])
        if number < 1 or len(line) != number or not all(0 <= i < count for i in line):
            raise ValueError('a line has indices of no points')
        if closed not in (0, 1):
            raise ValueError(f'a line begins with {closed}, not 0 or 1')
        lines.append((closed, line))
        place += 2 + number
    return lines
