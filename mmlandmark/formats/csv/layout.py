"""Detects the layout of a table of points from its headings and its first row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...schemes import name_key
from .cells import Cells, is_image_name, is_numbering, shortened

# headings after name_key
IMAGE_KEYS = {
    *(
        'image',
        'imagename',
        'imagefile',
        'imagefilename',
        'imagepath',
        'img',
        'imgname',
    ),
    *('file', 'filename', 'filepath', 'path'),
}
LANDMARK_KEYS = {
    *('landmark', 'landmarkname', 'point', 'pointname', 'keypoint', 'keypointname'),
    *('part', 'partname'),
}
SUBJECT_KEYS = {
    *('subject', 'subjectid', 'person', 'personid', 'patient', 'patientid'),
    *('identity', 'subjectname', 'personname', 'patientname'),
}
SPLIT_KEYS = {'split', 'set', 'subset'}
FACE_KEYS = {'face', 'faceid', 'facenumber', 'head', 'headid'}
VISIBLE_KEYS = {'v', 'vis', 'visible', 'visibility'}

# words for boxes and sizes, whose columns x and y are not points
_BOX_WORDS = {
    'bbox',
    'box',
    'boundingbox',
    'bounding',
    'bb',
    'rect',
    'rectangle',
    'roi',
}
_BOX_WORDS |= {'crop'}
_SIZES = {
    'min',
    'max',
    'size',
    'shape',
    'scale',
    'origin',
    'offset',
    'dpi',
    'resolution',
}
_SIZES |= {'spacing', 'pixelspacing', 'imagesize', 'pixelsize'}

_ENDING = re.compile(r'(?P<point>.*[^ _.])[ _.]+(?P<axis>[xy])', re.IGNORECASE)
_BEGINNING = re.compile(r'(?P<axis>[xy])[ _.]?(?P<point>\d+)', re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """The meaning of the columns, as 0-based indices; None for no such column.

    Attributes:
        image: Image names, or gray values if ``gray``.
        xs: x of each point; a single column if ``landmark`` is given.
        ys: y of each point, in the same order.
        points: Names of the points; empty if ``landmark`` is given.
        landmark: Name of the point, in a table with one row per point.
        gray: Whether the cells of ``image`` contain gray values.
        subject: The subject.
        split: The split.
        face: Number of the face in its image.
        visible: Visibility of each point, where 0 means missing; a single column in a table
            with one row per point.
        rest: All other columns with a heading.
    """

    image: int
    xs: list[int]
    ys: list[int]
    points: tuple[str, ...] = ()
    landmark: int | None = None
    gray: bool = False
    subject: int | None = None
    split: int | None = None
    face: int | None = None
    visible: list[int | None] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)


def find_layout(cells: Cells) -> Layout:
    """Detect the layout of a table.

    Raises:
        InputError: No layout fits, or more than one does.
    """
    if not any(cells.header) or is_numbering(cells.header[1:]):
        return _alternating(cells)
    pairs = _pairs(cells)
    keys = [heading.lower() for heading in cells.header]
    single = {'x', 'y'} & set(keys)
    counted = [heading for heading in cells.header if heading.isdigit()]
    if pairs and (single or counted):
        raise InputError(
            f'{cells.path} mixes layouts: it has {cells.name(pairs[0][1])} and also '
            f'{(sorted(single) or counted)[0]!r}: keep the columns of one layout only'
        )
    if single:
        return _long(cells, keys)
    if not pairs:
        raise InputError(
            f'{cells.path} has no columns of coordinates: head the columns nose_x, nose_y, '
            '... (one row per image) or image, landmark, x, y (one row per point)'
        )
    return _named(cells, pairs)


def can_head_columns(name: str) -> bool:
    """Whether the columns ``NAME_x`` and ``NAME_y`` are read as those of this point."""
    match = _ENDING.fullmatch(f'{name}_x')
    return match is not None and match['point'] == name and not _is_box(name)


def point_name(text: str) -> str:
    """A point name with spaces for ``_``, and ``point 0`` for ``0``."""
    name = ' '.join(re.split(r'[\s_]+', text.strip(' _\t')))
    return f'point {name}' if name.isdigit() else name


def _alternating(cells: Cells) -> Layout:
    count = len(cells.header) - 1
    if count < 2 or count % 2:
        raise InputError(
            f'{cells.path} has {count} columns after the first, the image name: an even '
            'number is needed, x and y of every point, separated by commas, semicolons or '
            'tabs'
        )
    if re.fullmatch(r'[-+.\d]*', first := cells.text(0, 0)):
        raise InputError(
            f'{cells.where(0, 0)}: {first!r} is not a file name: without headings for the '
            'columns, the first column must be the image name'
        )
    points = tuple(f'point {i}' for i in range(count // 2))
    xs, ys = list(range(1, count, 2)), list(range(2, count + 1, 2))
    return Layout(image=0, xs=xs, ys=ys, points=points)


def _pairs(cells: Cells) -> list[tuple[str, int, int]]:
    """The name, the column of x and the column of y of each point in the headings."""
    found: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    kinds: dict[str, int] = {}
    for column, heading in enumerate(cells.header):
        ending = _ENDING.fullmatch(heading)
        match = ending or _BEGINNING.fullmatch(heading)
        if not match or _is_box(match['point']):
            continue
        kinds.setdefault('named' if ending else 'numbered', column)
        name = point_name(match['point'])
        axes = found.setdefault(name_key(name), {})
        names.setdefault(name_key(name), name)
        if axes.setdefault(match['axis'].lower(), column) != column:
            raise InputError(
                f'{cells.path}: column {cells.name(column)} gives the '
                f'{match["axis"].lower()} of {name!r} a second time: remove one of them'
            )
    if len(kinds) > 1:
        raise InputError(
            f'{cells.path} mixes layouts: it has {cells.name(kinds["named"])} and also '
            f'{cells.name(kinds["numbered"])}, which may be a box: keep the columns of '
            'one layout only'
        )
    for axes in found.values():
        if len(axes) == 1:
            ((axis, column),) = axes.items()
            other = 'y' if axis == 'x' else 'x'
            raise InputError(
                f'{cells.path}: column {cells.name(column)} has no {other} to its {axis}: '
                f'add that column, or remove this one'
            )
    return [(names[key], axes['x'], axes['y']) for key, axes in found.items()]


def _is_box(name: str) -> bool:
    words = re.findall(r'[^\W_]+', name.lower())
    return not _BOX_WORDS.isdisjoint(words) or ''.join(words) in _SIZES


def _named(cells: Cells, pairs: list[tuple[str, int, int]]) -> Layout:
    names, xs, ys = map(list, zip(*pairs, strict=True))
    visible = _visible(cells, names)
    used = {*xs, *ys, *(column for column in visible if column is not None)}
    image = _image_column(cells, used)
    return Layout(
        image=image,
        xs=xs,
        ys=ys,
        points=tuple(names),
        gray=re.fullmatch(r'[-.\d]+(\s+[-.\d]+)+', cells.text(0, image)) is not None,
        visible=visible,
        **_others(cells, {image, *used}),
    )


def _visible(cells: Cells, names: list[str]) -> list[int | None]:
    """The visibility column of each point, such as ``nose_v``."""
    keys = [{name_key(f'{name} {word}') for word in VISIBLE_KEYS} for name in names]
    columns = [_headed(cells, of_point) for of_point in keys]
    return [column[0] if len(column) == 1 else None for column in columns]


def _long(cells: Cells, keys: list[str]) -> Layout:
    if keys.count('x') != 1 or keys.count('y') != 1:
        raise InputError(
            f'{cells.path} needs one column headed x and one headed y, and has '
            f'{keys.count("x")} and {keys.count("y")}'
        )
    x, y = keys.index('x'), keys.index('y')
    # a column headed name may be the person if another one is the landmark
    landmark = _headed(cells, LANDMARK_KEYS) or _headed(cells, {'name'})
    if len(landmark) != 1:
        raise InputError(
            f'{cells.path} has x and y but {_listed(cells, landmark)} to name the '
            'landmark: head one column landmark'
        )
    image = _image_column(cells, {x, y, *landmark})
    visible = _headed(cells, VISIBLE_KEYS)
    used = {image, x, y, *landmark, *visible[:1]}
    return Layout(
        image=image,
        xs=[x],
        ys=[y],
        landmark=landmark[0],
        visible=[*visible[:1]],
        **_others(cells, used),
    )


def _headed(cells: Cells, keys: set[str], apart: Iterable[int] = ()) -> list[int]:
    """The columns with one of these headings, without the columns ``apart``."""
    headings = enumerate(cells.header)
    return [i for i, text in headings if name_key(text) in keys and i not in apart]


def _listed(cells: Cells, columns: list[int]) -> str:
    names = ' and '.join(cells.name(column) for column in columns)
    return f'columns {names}' if columns else 'no column'


def _image_column(cells: Cells, used: set[int]) -> int:
    columns = _headed(cells, IMAGE_KEYS, used) or [
        column
        for column, cell in enumerate(cells.rows[0])
        if column not in used and is_image_name(cell)
    ]
    if len(columns) != 1:
        raise InputError(
            f'{cells.path} has {_listed(cells, columns)} to name the image: '
            'head one column filename'
        )
    return columns[0]


def _others(cells: Cells, used: set[int]) -> dict:
    """The fields of :class:`Layout` that do not concern points."""
    found: dict = {}
    kinds = {'subject': SUBJECT_KEYS, 'split': SPLIT_KEYS, 'face': FACE_KEYS}
    for kind, keys in kinds.items():
        columns = _headed(cells, keys, used)
        if len(columns) > 1:
            raise InputError(
                f'{cells.path} has {_listed(cells, columns)} for the {kind}: '
                'keep one of them'
            )
        if columns:
            found[kind] = columns[0]
    used = used | set(found.values())
    rest = [i for i, text in enumerate(cells.header) if text and i not in used]
    return dict(found, rest=rest)


def described(
    cells: Cells, layout: Layout, points: tuple[str, ...], image: Path | np.ndarray
) -> str:
    """One line that describes the detected layout.

    Args:
        cells: The table.
        layout: Its layout.
        points: The names of the points.
        image: The first image.
    """
    names = f'{len(points)} points'
    column = f'column {cells.name(layout.image)}'
    if layout.landmark is not None:
        landmark = cells.name(layout.landmark)
        text = f'long, names in {column}, {names} named in column {landmark}'
        return text + _not_points(cells, layout)
    if isinstance(image, np.ndarray):
        size = 'x'.join(map(str, image.shape))
        text = f'wide, {size} gray values in {column}, {names} by heading'
        return text + _not_points(cells, layout)
    if not any(cells.header) or is_numbering(cells.header[1:]):
        return f'wide, names in the first column, {names} x,y alternating'
    return f'wide, names in {column}, {names} by heading' + _not_points(cells, layout)


def _not_points(cells: Cells, layout: Layout) -> str:
    rest = [shortened(cells.header[i]) for i in layout.rest]
    if len(rest) > 12:
        rest[12:] = [f'{len(rest) - 12} more']
    return f'; not read as points: {", ".join(rest)}' if rest else ''
