"""TPS files of tpsDig and of geometric morphometrics (geomorph, Morpho).

One specimen is ``LM=K``, K lines ``x y``, ``IMAGE=``, ``ID=`` and, if measured, ``SCALE=``.
``CURVES=`` with ``POINTS=``, ``OUTLINES=`` and other keys are left out and counted. A name
in ``IMAGE=`` may lack its suffix.

Index base: x counts from the left edge, y upwards from the lower edge of the image:
``y = height - y_tps``. Whether tpsDig counts from the edge or centre of a pixel is not
documented; it makes half a pixel. Two negative coordinates, or ``NA NA``, are a missing
point (``negNA`` of geomorph). ``SCALE`` is length per pixel without a unit: it is taken as
mm. Rohlf, Hystrix 26 (2015) 9-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from ..structures.pixel_spacing import PixelSpacing
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.heads import Head, image_named, in_order, read_heads, unnamed
from .common.image_finder import ImageFinder, finder_beside
from .common.points import scheme_of
from .common.sizes import displayed_size
from .common.text_file import read_text
from .common.values import shown
from .common.writing import Names, by_image, names_in, text_of

SCALE = 'scales of SCALE= taken as mm per pixel: the file does not name their unit'
CURVES = 'curves and outlines left out: only landmarks are read'


@dataclass
class _Specimen:
    """The lines of one specimen: its landmarks and its other keys, in upper case."""

    line: int
    rows: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)


def read_tps(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a ``.tps`` file; its points are in the order of the scheme.

    Args:
        src: The file, with the images of ``IMAGE=`` beside it.
        scheme: The K points. :func:`tps_scheme` names them by number.
        report: Collects the specimens that cannot be read, and counts what is left out;
            without it the first bad specimen raises an error.

    Returns:
        One sample per specimen: ``(K, 2)`` points, 0-based pixels with y down; spacing
        from ``SCALE=``.

    Raises:
        InputError: No such file, not a TPS file, 3D landmarks, or a bad specimen and
            ``report`` is None.
    """
    file = Path(src)
    finder = finder_beside(file)
    specimens = _specimens(file, report)
    heads = [
        (f'{file.name} line {s.line}', partial(_head, s, finder, scheme, report))
        for s in specimens
    ]
    return read_heads(heads, scheme, report)


def tps_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme ``point 1``, ``point 2``, ... of the first specimen.

    Raises:
        InputError: No such file, not a TPS file, or it has no landmarks.
    """
    specimens = _specimens(Path(src), ReadReport())
    return scheme_of(unnamed(len(specimens[0].rows)), name, src)


def write_tps(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write one specimen per sample; missing points are ``-1 -1``.

    Args:
        out: The ``.tps`` file.
        samples: Samples of image files.
        scheme: Their K points, whose names the format does not have.
        label: Not used.

    Returns:
        Each image and its name in the file.
    """
    images = by_image(samples)
    names = names_in(images, out.parent)
    lines: list[str] = []
    specimens = [(path, s) for path, group in images.items() for s in group]
    for number, (path, sample) in enumerate(specimens):
        height = displayed_size(path)[1]
        lines.append(f'LM={len(scheme)}')
        for x, y in sample.points.tolist():
            there = np.isfinite([x, y]).all()
            lines.append(f'{text_of(x)} {text_of(height - y)}' if there else '-1 -1')
        lines += [f'IMAGE={names[path]}', f'ID={number}']
        if sample.spacing is not None:
            lines.append(f'SCALE={text_of(sample.spacing.mean)}')
    out.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return names


def _specimens(file: Path, report: ReadReport | None) -> list[_Specimen]:
    lines = read_text(file).removeprefix('\ufeff').splitlines()
    found: list[_Specimen] = []
    curves, i = 0, 0
    while i < len(lines):
        line = lines[i].strip()
        i += 1
        if not line:
            continue
        key, equals, value = line.partition('=')
        key, value = key.strip().upper(), value.strip()
        if not equals or (not found and key != 'LM'):
            _refuse(file, i, key, line)
        if key == 'LM':
            count = _count(file, i, value)
            found.append(_Specimen(i, [r.strip() for r in lines[i : i + count]]))
            i += count
        elif key == 'POINTS':
            i += _count(file, i, value)
        elif key in ('CURVES', 'OUTLINES'):
            curves += _count(file, i, value)
        elif key in ('IMAGE', 'ID', 'SCALE') and key in found[-1].keys:
            raise InputError(f'{file} line {i}: a second {key}= of one specimen')
        else:
            found[-1].keys[key] = value
    if not found:
        raise InputError(f'{file} is not a TPS file: it has no LM=')
    if curves:
        note(report, CURVES, curves)
    return found


def _refuse(file: Path, number: int, key: str, line: str) -> None:
    if key == 'LM3':
        raise InputError(f'{file} line {number} has 3D landmarks, 2D are needed')
    raise InputError(
        f'{file} line {number} is {shown(line)}: a TPS file begins with LM=, and the '
        'landmarks of LM= are as many lines as it says'
    )


def _count(file: Path, number: int, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 7):
        raise InputError(
            f'{file} line {number}: {shown(value)} is not a number of lines'
        )
    return int(value)


def _head(
    specimen: _Specimen,
    finder: ImageFinder,
    scheme: Scheme,
    report: ReadReport | None,
) -> Head:
    name = specimen.keys.get('IMAGE', '')
    if not name:
        raise InputError('it has no IMAGE=, the height of which y is counted from')
    path = image_named(finder, name)
    height = displayed_size(path)[1]
    rows = np.array([_row(text) for text in specimen.rows]).reshape(-1, 2)
    rows[:, 1] = height - rows[:, 1]
    spacing = None
    if 'SCALE' in specimen.keys:
        spacing = PixelSpacing.square(_number(specimen.keys['SCALE']), 'SCALE')
        note(report, SCALE)
    points = in_order(scheme, rows)
    return Head(path, name, points, spacing=spacing, fitted=True)


def _row(text: str) -> tuple[float, float]:
    words = text.split()
    if [word.upper() for word in words] in (['NA', 'NA'], ['NAN', 'NAN']):
        return np.nan, np.nan
    if len(words) != 2:
        raise InputError(f'its landmark {shown(text)} is not two numbers')
    x, y = map(_number, words)
    return (np.nan, np.nan) if x < 0 and y < 0 else (x, y)


def _number(text: str) -> float:
    try:
        # some languages of Windows write a decimal comma
        value = float(text.replace(',', '.'))
    except ValueError:
        raise InputError(f'{shown(text)} is not a number') from None
    if not np.isfinite(value):
        raise InputError(f'{shown(text)} is not a finite number')
    return value
