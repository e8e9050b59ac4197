"""YOLO pose folders as Ultralytics trains on them: ``data.yaml``, ``images/``, ``labels/``.

``labels/train/a.txt`` has one line per object: class, box (centre x, y, width, height) and
x, y or x, y, visibility of each point, all divided by the width and height of the image.
``data.yaml`` has ``kpt_shape``, ``flip_idx``, ``names`` and, in newer files, ``kpt_names``;
its parts are folders of images, text files that list images, or several of them.

Index base: pixels divided by the sides, without half a pixel, as Ultralytics' own converter
of COCO writes them. Visibility 0 is missing, 1 occluded, 2 visible; where points have no
visibility, negative coordinates and (0, 0) are missing.

Documented at https://docs.ultralytics.com/datasets/pose/.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ..errors import InputError
from ..io.pillow_files import has_image_name
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.heads import Head, Parsed, read_heads, unnamed
from .common.image_names import name_parts
from .common.points import scheme_of
from .common.sizes import displayed_size
from .common.splits import split_named
from .common.text_file import read_text
from .common.values import shown
from .common.writing import Names, by_image, named_points, stems_of, text_of

FILE = 'data.yaml'
PARTS = ('train', 'val', 'test')


@dataclass
class _Config:
    """The content of ``data.yaml``; ``names`` of points by class, empty if unnamed."""

    file: Path
    count: int
    dims: int
    names: dict[int, list[str]]
    flips: list[int]
    places: dict[str, list[Path]]


def read_yolo(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a YOLO pose folder.

    Points are matched by ``kpt_names``; without these they are in the order of the scheme.

    Args:
        src: The folder of ``data.yaml``, or this file. Nothing outside its folder is read.
        scheme: The K points. :func:`yolo_scheme` makes one from ``data.yaml``.
        report: Collects the objects that cannot be read, and counts images without labels;
            without it the first bad line raises an error.

    Returns:
        One sample per object: ``(K, 2)`` points, 0-based pixels; box; occlusion where the
        file has visibilities; split.

    Raises:
        InputError: No such file, no ``kpt_shape``, or a bad line and ``report`` is None.
    """
    config = _config(Path(src))
    return read_heads(_heads(config, scheme, report), scheme, report)


def yolo_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of ``kpt_names`` (else ``point 1``, ...), with ``flip_idx`` as flip pairs.

    Raises:
        InputError: No such file, or no ``kpt_shape``.
    """
    config = _config(Path(src))
    names = next(iter(config.names.values()), unnamed(config.count))
    scheme = scheme_of(names, name, config.file)
    if len(scheme) != config.count:
        raise InputError(f'{config.file}: two of its kpt_names are equal')
    pairs = {(i, j) for i, j in enumerate(config.flips) if i < j}
    return replace(scheme, flip_pairs=tuple(sorted(pairs))) if config.flips else scheme


def write_yolo(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``data.yaml`` and ``labels/PART/STEM.txt``.

    A sample without a box gets the tight box of its points, which the format needs.

    Args:
        out: The folder.
        samples: Samples of image files; those without a split are written as ``train``.
        scheme: Their K points.
        label: The name of the class.

    Returns:
        Each image and where Ultralytics expects it: ``images/PART/NAME``.
    """
    images = by_image(samples)
    stems = stems_of(images)
    places: Names = {}
    parts = Counter(heads[0].split or 'train' for heads in images.values())
    for path, heads in images.items():
        part = heads[0].split or 'train'
        places[path] = f'images/{part}/{stems[path]}'
        size = np.array(displayed_size(path), float)
        folder = out / 'labels' / part
        folder.mkdir(parents=True, exist_ok=True)
        lines = [_line(sample, scheme, size) for sample in heads]
        text = ''.join(line + '\n' for line in lines)
        (folder / f'{Path(stems[path]).stem}.txt').write_text(text, encoding='utf-8')
    values: dict[str, Any] = dict(path='.')
    # Ultralytics needs both keys
    values |= dict(train='images/train', val='images/val')
    values |= {part: f'images/{part}' for part in parts}
    values |= dict(kpt_shape=[len(scheme), 3])
    if scheme.flip_pairs:
        values |= dict(flip_idx=scheme.flip_indices())
    values |= dict(names={0: label}, kpt_names={0: list(scheme.points)})
    text = yaml.safe_dump(values, sort_keys=False, default_flow_style=None)
    (out / FILE).write_text(text, encoding='utf-8')
    return places


def _line(sample: LandmarkSample, scheme: Scheme, size: np.ndarray) -> str:
    points = {p['name']: p for p in named_points(sample, scheme)}
    known = np.array([[p['x'], p['y']] for p in points.values()])
    corners = (
        np.concatenate([known.min(axis=0), known.max(axis=0)])
        if sample.box is None
        else np.array(sample.box, float)
    ).reshape(2, 2)
    numbers = [*(corners.mean(axis=0) / size), *((corners[1] - corners[0]) / size)]
    words = ['0', *map(text_of, numbers)]
    for name in scheme.points:
        p = points.get(name)
        if p is None:
            words += ['0', '0', '0']
        else:
            place = np.array([p['x'], p['y']]) / size
            words += [*map(text_of, place), '1' if p['occluded'] else '2']
    return ' '.join(words)


def _config(src: Path) -> _Config:
    file = src
    if src.is_dir():
        found = sorted([*src.glob('*.yaml'), *src.glob('*.yml')])
        file = next(
            (f for f in found if f.name == FILE), found[0] if found else src / FILE
        )
    try:
        values = yaml.safe_load(read_text(file))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        text = ' '.join(str(error).split())[:200]
        raise InputError(f'{file} is not readable YAML: {text}') from None
    shape: Any = values.get('kpt_shape') if isinstance(values, dict) else None
    whole = isinstance(shape, list) and len(shape) == 2
    if not whole or not all(type(n) is int for n in shape) or shape[1] not in (2, 3):
        raise InputError(f'{file} is not a YOLO pose file: it has no kpt_shape: [K, 3]')
    if not 0 < shape[0] < 10_000:
        raise InputError(f'{file}: kpt_shape has {shown(shape[0])} points')
    flips = values.get('flip_idx') or []
    if flips and (not isinstance(flips, list) or not _is_swap(flips, shape[0])):
        raise InputError(f'{file}: its flip_idx does not swap {shape[0]} points')
    names = _point_names(file, values.get('kpt_names'), shape[0])
    count, dims = shape
    return _Config(file, count, dims, names, flips, _places(file, values))


def _is_swap(flips: list, count: int) -> bool:
    places = all(type(i) is int and 0 <= i < count for i in flips)
    return (
        places
        and len(flips) == count
        and all(flips[j] == i for i, j in enumerate(flips))
    )


def _point_names(file: Path, names: Any, count: int) -> dict[int, list[str]]:
    if names is None:
        return {}
    if isinstance(names, list):
        names = dict(
            enumerate(names if names and isinstance(names[0], list) else [names])
        )
    if not isinstance(names, dict):
        raise InputError(f'{file}: its kpt_names are {shown(names)}, lists are needed')
    for kind, points in names.items():
        whole = type(kind) is int and isinstance(points, list) and len(points) == count
        if not whole or not all(isinstance(p, (str, int)) for p in points):
            raise InputError(
                f'{file}: the kpt_names of class {shown(kind)} are {shown(points)}, '
                f'{count} names are needed'
            )
    return {kind: [str(p) for p in points] for kind, points in names.items()}


def _places(file: Path, values: dict) -> dict[str, list[Path]]:
    """The folders or lists of images of each part, below the folder of the file."""
    here = file.parent
    root = values.get('path')
    bases = [here, *(_below(here, root) if isinstance(root, str) else [])]
    found: dict[str, list[Path]] = {}
    for part in PARTS:
        named = values.get(part)
        for text in named if isinstance(named, list) else [named]:
            if not isinstance(text, str) or not text:
                continue
            paths = [p for base in bases for p in _below(base, text) if _is_part(p)]
            if paths and paths[0] not in found.setdefault(part, []):
                found[part].append(paths[0])
    if not any(found.values()):
        raise InputError(
            f'{file}: no folder or list of images that it names ({", ".join(PARTS)}) is '
            'beside it'
        )
    return found


def _is_part(path: Path) -> bool:
    """Whether it is a folder of images, or a text file that lists them."""
    return path.is_dir() or (path.suffix.lower() == '.txt' and path.is_file())


def _images(place: Path, report: ReadReport | None) -> list[Path]:
    """The images of a folder, or of a list, whose paths end below its folder."""
    if place.is_dir():
        return sorted(filter(has_image_name, place.rglob('*')))
    found = []
    for line in filter(None, map(str.strip, read_text(place).splitlines())):
        paths = [p for p in _below(place.parent, line) if p.is_file()]
        if paths and has_image_name(paths[0]):
            found.append(paths[0])
        else:
            note(report, f'images left out, listed in {place.name} and not there')
    return found


def _below(base: Path, text: str) -> list[Path]:
    """The paths below ``base`` that the end of a path names, the longest first."""
    if '\0' in text:
        return []
    parts = [part for part in name_parts(text)[1] if part != '..']
    return [base.joinpath(*parts[i:]) for i in range(len(parts))]


def _heads(
    config: _Config, scheme: Scheme, report: ReadReport | None
) -> Iterator[Parsed]:
    seen: set[Path] = set()
    for part, places in config.places.items():
        for place in places:
            for image in _images(place, report):
                if image in seen:  # a folder may be named as two parts
                    continue
                seen.add(image)
                labels = _labels(image)
                if labels is None:
                    if report is not None:
                        report.count('images left out, without a label file')
                    continue
                lines = read_text(labels).splitlines()
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        where = f'{labels.name} line {number}'
                        parse = partial(_head, config, image, line, split_named(part))
                        yield where, partial(parse, scheme)


def _labels(image: Path) -> Path | None:
    """The label file of an image: the last ``images`` of its path is ``labels``."""
    parts = list(image.parts)
    places = [i for i, part in enumerate(parts[:-1]) if part == 'images']
    if places:
        parts[places[-1]] = 'labels'
    path = Path(*parts).with_suffix('.txt')
    return path if path.is_file() else None


def _head(
    config: _Config, image: Path, line: str, split: str | None, scheme: Scheme
) -> Head:
    words = line.split()
    wanted = 5 + config.count * config.dims
    if len(words) != wanted:
        raise InputError(
            f'{len(words)} numbers, {wanted} are needed: class, box and '
            f'{config.count} points of {config.dims}'
        )
    try:
        values = np.array([float(word) for word in words])
    except ValueError as error:
        raise InputError(str(error)) from None
    if not np.isfinite(values).all():
        raise InputError('a number is not finite')
    size = np.array(displayed_size(image), float)
    centre, sides = values[1:3] * size, values[3:5] * size
    (x1, y1), (x2, y2) = centre - sides / 2, centre + sides / 2
    rows = values[5:].reshape(config.count, config.dims)
    if config.dims == 3:
        present = rows[:, 2] > 0
    else:
        present = np.array((rows >= 0).all(axis=1) & rows.any(axis=1))
    points = np.where(present[:, None], rows[:, :2] * size, np.nan)
    names = _names_of(config, values[0], scheme)
    found = [
        (name, x, y)
        for name, (x, y) in zip(names, points.tolist(), strict=True)
        if math.isfinite(x)
    ]
    hidden = None
    if config.dims == 3:
        there = zip(names, rows[:, 2], strict=True)
        hidden = {name for name, v in there if v == 1}
    name = image.relative_to(config.file.parent).as_posix()
    box = (float(x1), float(y1), float(x2), float(y2))
    return Head(image, name, found, hidden, box=box, split=split, fitted=True)


def _names_of(config: _Config, kind: float, scheme: Scheme) -> Sequence[str]:
    """The names of the points of a class; those of the scheme where the file has none."""
    names = config.names.get(int(kind))
    if names is not None and not kind.is_integer():
        raise InputError(f'class {kind} is not a whole number')
    if names is None and config.names:
        raise InputError(f'class {kind:g} has no kpt_names')
    if names is not None:
        return names
    if config.count != len(scheme):
        raise InputError(
            f'{config.count} points without names, scheme {scheme.name} has {len(scheme)}'
        )
    return scheme.points
