"""Joins prepared folders into one; points that a set does not have are missing in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...formats.coco import read_coco
from ...formats.common.image_names import numbered
from ...schemes import Scheme, get_scheme, name_key
from ...schemes.ceph_names import symbols_of
from ...structures.sample import LandmarkSample, ReadReport

_NOT_SPLITS = ('dataset', 'scheme', 'trainval')


def merge(
    folders: list[Path], points: str, name: str, report: ReadReport
) -> tuple[list[LandmarkSample], Scheme]:
    """Read prepared folders with the points of all, or with those that all share.

    Points are the same if they have a name or a synonym in common. The order is that of the
    first folder, followed by the points of the others.

    Args:
        folders: Two or more prepared folders.
        points: ``'shared'`` or ``'all'``.
        name: The name of the new scheme.
        report: Collects what cannot be read, and counts the points that a set lacks.

    Returns:
        The samples, whose ids and subjects begin with the name of their folder, with the
        splits they had; and the scheme.

    Raises:
        InputError: A folder is not prepared data, no point is shared, or points without
            names would have to be matched.
    """
    if len(folders) < 2:
        raise InputError('two or more folders are needed')
    if points not in ('shared', 'all'):
        raise InputError(f"points must be 'shared' or 'all', not {points!r}")
    schemes = [_scheme(folder) for folder in folders]
    scheme, places = merged_scheme(schemes, points == 'shared', name)
    titles = numbered(folder.resolve().name for folder in folders)
    samples: list[LandmarkSample] = []
    for folder, title, own, place in zip(folders, titles, schemes, places, strict=True):
        found = _samples(folder, own, report)
        lacking = len(scheme) - len(set(place.values()))
        report.count(
            f'points that {title} does not have: missing in it', lacking * len(found)
        )
        samples += [_placed(s, title, place, len(scheme)) for s in found]
    return samples, scheme


def merged_scheme(
    schemes: list[Scheme], shared: bool, name: str
) -> tuple[Scheme, list[dict[int, int]]]:
    """The scheme of several, and for each the indices of its points in it.

    Args:
        schemes: The schemes.
        shared: Whether only the points of all of them are kept.
        name: The name of the new scheme.

    Returns:
        The scheme, and for each given one its index of a point to that in the new scheme.

    Raises:
        InputError: No point is shared, two points of a scheme are one in another, or points
            without names would have to be matched.
    """
    keys: list[set[str]] = []
    first: list[tuple[int, int]] = []  # scheme and index of each new point
    places: list[dict[int, int]] = []
    for number, scheme in enumerate(schemes):
        place: dict[int, int] = {}
        for i, own in enumerate(_keys(scheme)):
            found = [j for j, there in enumerate(keys) if there & own]
            if len(found) > 1 or (found and found[0] in place.values()):
                raise InputError(
                    f'{scheme.points[i]!r} of scheme {scheme.name} is two points of the '
                    'others, or one with another of its own: rename it'
                )
            if found:
                _refuse_numbers(schemes, first[found[0]], number, i)
                keys[found[0]] |= own
            else:
                found = [len(keys)]
                keys.append(own)
                first.append((number, i))
            place[i] = found[0]
        places.append(place)
    kept = [
        j
        for j in range(len(keys))
        if not shared or all(j in place.values() for place in places)
    ]
    if not kept:
        names = ' and '.join(scheme.name for scheme in schemes)
        raise InputError(f'{names} share no point')
    new = {j: k for k, j in enumerate(kept)}
    mapped = [{i: new[j] for i, j in p.items() if j in new} for p in places]
    return _joined(schemes, [first[j] for j in kept], mapped, name), mapped


def _joined(
    schemes: list[Scheme],
    first: list[tuple[int, int]],
    places: list[dict[int, int]],
    name: str,
) -> Scheme:
    def pairs(key: str) -> tuple[tuple[int, int], ...]:
        found = [
            (place[a], place[b])
            for scheme, place in zip(schemes, places, strict=True)
            for a, b in getattr(scheme, key)
            if a in place and b in place
        ]
        unique: dict[tuple[int, ...], tuple[int, int]] = {}
        for pair in found:
            unique.setdefault(tuple(sorted(pair)), pair)
        return tuple(unique.values())

    flips = pairs('flip_pairs')
    # a lateral head in one of the sets must not be mirrored
    if any(not scheme.flip_pairs for scheme in schemes):
        flips = ()
    points = tuple(schemes[n].points[i] for n, i in first)
    own = {name_key(point) for point in points}
    synonyms = []
    for n, i in first:
        others = schemes[n].synonyms[i] if schemes[n].synonyms else ()
        synonyms.append(tuple(o for o in others if name_key(o) not in own))
    return Scheme(
        name,
        points,
        tuple(schemes[n].labels[i] for n, i in first),
        flip_pairs=flips,
        skeleton=pairs('skeleton'),
        synonyms=tuple(synonyms),
    )


def _keys(scheme: Scheme) -> list[set[str]]:
    """The keys that identify each point: names, synonyms, the cephalometric symbol."""
    others = scheme.synonyms or ((),) * len(scheme)
    return [
        {key for n in (point, *more) if not (key := name_key(n)).isdigit()}
        | ({f'symbol {symbol}'} if symbol else set())
        for point, more, symbol in zip(
            scheme.points, others, symbols_of(scheme.points), strict=True
        )
    ]


def _refuse_numbers(
    schemes: list[Scheme], a: tuple[int, int], number: int, i: int
) -> None:
    """Refuse to match ``point 3`` of two schemes: nothing says that they are the same."""
    one, other = schemes[a[0]], schemes[number]
    name = other.points[i]
    if one.points != other.points and name_key(name).removeprefix('point').isdigit():
        raise InputError(
            f'schemes {one.name} and {other.name} both have {name!r}, which is no name: '
            'prepare the data with a scheme that names the points'
        )


def _scheme(folder: Path) -> Scheme:
    if not (folder / 'dataset.json').is_file():
        raise InputError(f'{folder} is not a prepared data set: it has no dataset.json')
    return get_scheme(folder / 'scheme.json')


def _samples(folder: Path, scheme: Scheme, report: ReadReport) -> list[LandmarkSample]:
    files = [f for f in sorted(folder.glob('*.json')) if f.stem not in _NOT_SPLITS]
    found = []
    for file in files:
        # the name of the part is kept as it is: test1 is not test
        samples = read_coco(file, scheme, report)
        found += [replace(sample, split=file.stem) for sample in samples]
        images = json.loads(file.read_text(encoding='utf-8'))['images']
        report.count('depth maps left out', sum('depth' in image for image in images))
    return found


def _placed(
    sample: LandmarkSample, title: str, place: dict[int, int], count: int
) -> LandmarkSample:
    """A sample in the merged scheme."""
    old, new = list(place), list(place.values())

    def moved(points: np.ndarray) -> np.ndarray:
        found = np.full((count, 2), np.nan)
        found[new] = points[old]
        return found

    occluded = None
    if sample.occluded is not None:
        occluded = np.zeros(count, bool)
        occluded[new] = sample.occluded[old]
    extra = dict(sample.extra)
    if 'annotators' in extra:
        extra['annotators'] = {k: moved(v) for k, v in extra['annotators'].items()}
    return replace(
        sample,
        id=f'{title}_{sample.id}',
        points=moved(sample.points),
        occluded=occluded,
        subject=f'{title}/{sample.subject}',
        extra=extra,
    )
