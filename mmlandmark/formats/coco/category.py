"""Selects the categories of a COCO file and matches their keypoints with a scheme."""

from __future__ import annotations

from collections import Counter

from ...errors import InputError
from ...schemes import Scheme, name_key
from ...structures.sample import ReadReport, note
from ..common.values import shown
from .file import CocoFile, Id

#: Category to the indices of the scheme's points in it, and its number of points.
Orders = dict[Id, tuple[list[int], int]]


def choose_category(file: CocoFile, name: str | None) -> dict:
    """The category whose keypoints make a scheme.

    Args:
        file: The tables of the file.
        name: Its name; None for the first with keypoints that annotations use.

    Raises:
        InputError: There is no such category.
    """
    named = _named(file, name)
    with_points = {i: c for i, c in named.items() if _names(file, c)}
    if not with_points:
        raise InputError(
            f"{file.path}: no category has 'keypoints', the names of its points: give a "
            'scheme',
            scheme=None,
        )
    used = Counter(str(row.get('category_id')) for row in file.annotations)
    return max(with_points.values(), key=lambda c: used[str(c['id'])] > 0)


def point_orders(
    file: CocoFile, scheme: Scheme, name: str | None, report: ReadReport | None
) -> Orders:
    """For each category to read, the indices of the scheme's points in its keypoints.

    Args:
        file: The tables of the file.
        scheme: The points to read.
        name: The category to read; None for all that have the points of the scheme.
        report: Counts files that name no points, and files with several categories.

    Raises:
        InputError: No category has all points of the scheme, or several have more.
    """
    named = _named(file, name)
    with_points = {i: c for i, c in named.items() if _names(file, c)}
    if not with_points:
        count = len(scheme)
        note(
            report, f'file names no points, they are read in the order of {scheme.name}'
        )
        return {i: (list(range(count)), count) for i in named}
    found: Orders = {}
    first_error = None
    for i, category in with_points.items():
        try:
            found[i] = _order(file, category, scheme)
        except InputError as error:
            first_error = first_error or error
    if not found and first_error:
        raise first_error
    alike = {i: v for i, v in found.items() if v[1] == len(scheme)}
    if len(found) > 1 and len(alike) != len(found):
        found = alike or found
        if len(found) > 1 and not alike:
            raise InputError(
                f'{file.path}: {len(found)} categories have the points of scheme '
                f'{scheme.name} among others: choose a category',
                category=None,
            )
    if len(found) > 1:
        names = ', '.join(shown(named[i].get('name')) for i in found)
        note(
            report,
            f'file has several categories with the same points, all read: {names}',
        )
    return found


def _named(file: CocoFile, name: str | None) -> dict[Id, dict]:
    if name is None:
        return file.categories
    key = name_key(name)
    found = {
        i: c for i, c in file.categories.items() if name_key(str(c.get('name'))) == key
    }
    if not found:
        names = ', '.join(str(c.get('name')) for c in file.categories.values())
        raise InputError(
            f'{file.path} has no category {name!r}, it has {names or "none"}'
        )
    return found


def _names(file: CocoFile, category: dict) -> list[str]:
    names = category.get('keypoints') or []
    whole = isinstance(names, list) and all(
        isinstance(name, (str, int)) for name in names
    )
    if not whole:
        raise InputError(
            f'{file.path} is not a COCO keypoints file: the points of category '
            f'{shown(category.get("name"))} are not a list of names'
        )
    return [str(name) for name in names]


def _order(file: CocoFile, category: dict, scheme: Scheme) -> tuple[list[int], int]:
    names = _names(file, category)
    places = scheme.places()
    order: dict[int, int] = {}
    for i, name in enumerate(names):
        point = places.get(name_key(name))
        if point is None:
            continue
        if point in order:
            raise InputError(
                f'{file.path}: {names[order[point]]!r} and {name!r} are both '
                f'{scheme.points[point]!r} of scheme {scheme.name}: rename one'
            )
        order[point] = i
    absent = [p for i, p in enumerate(scheme.points) if i not in order]
    if absent:
        raise InputError(
            f'{file.path}: category {shown(category.get("name"))} has {len(names)} points '
            f'and lacks {len(absent)} of the {len(scheme)} of scheme {scheme.name}, '
            f'{absent[0]!r} first'
        )
    return [order[i] for i in range(len(scheme))], len(names)
