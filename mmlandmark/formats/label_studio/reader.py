"""Label Studio's JSON export: tasks with ``keypointlabels`` in percent of the picture.

Percent count from the outer corner of the first pixel: ``x / 100 * original_width - 0.5``
is the 0-based pixel centre. Points of one head share a ``parentID``, the rectangle they
were set in; points without one are one head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import InputError
from ...schemes import Scheme
from ...structures.coco import spacing_of
from ...structures.sample import LandmarkSample, ReadReport
from ..common.lookup import distinct_ids, finder_beside, numbered, part_named
from ..common.named_points import ordered, scheme_of
from ..common.sizes import Size, claimed_size, fitted
from ..common.text_file import load_json
from ..common.values import identifier, is_missing, number, shown

# an uploaded file gets eight hexadecimal digits in front: 3f2a9c1d-film.png
_UPLOADED = re.compile(r'^[0-9a-f]{8}-')
# a file of local storage is served as /data/local-files/?d=PATH
_LOCAL = re.compile(r'(?:^|&)d=([^&]*)')

_Point = tuple[str, float, float]
_Box = tuple[float, float, float, float]


def read_label_studio(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read an export in the format "JSON"; points are matched by name.

    Of a task that several people labelled the newest annotation counts. Cancelled ones
    and predictions that nobody looked at are not read.

    Args:
        src: The ``.json`` file, with the images beside it or in ``images/``; how
            Label Studio addresses them does not matter.
        scheme: The points wanted. :func:`label_studio_scheme` makes one from the file.
        report: Told of the tasks left out, and how many annotations were not the newest;
            without it the first bad task is an error.

    Returns:
        One sample a head: ``(K, 2)`` points, 0-based pixel centres; the box of its
        rectangle, and ``pixel_spacing``, ``pixel_spacing_source``, ``patient_id`` and
        ``split`` where the task's data
        have them.

    Raises:
        InputError: No such file, no export of Label Studio, or a bad task.
    """
    file = Path(src)
    images = _Images(file)
    samples: list[LandmarkSample] = []
    for task in _tasks(file):
        try:
            samples += _samples(images, task, scheme, report)
        except InputError as error:
            where = f'{file.name} task {shown(task.get("id", "?"))}'
            if report is None:
                raise InputError(f'{where}: {error}') from None
            report.skip(where, str(error))
    return images.with_ids(samples)


def label_studio_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the labels in a file, in the order in which they first come.

    Raises:
        InputError: No such file, no export of Label Studio, or no point in it.
    """
    file = Path(src)
    labels = [
        label
        for task in _tasks(file)
        for annotation in _dicts(task.get('annotations'), 'annotations')
        for region in _dicts(annotation.get('result'), 'result')
        for label in _labels(region)
    ]
    return scheme_of(labels, name, file)


def _tasks(file: Path) -> list[dict]:
    tasks = load_json(file)
    whole = isinstance(tasks, list) and all(
        isinstance(task, dict) and isinstance(task.get('data'), dict) for task in tasks
    )
    if not whole:
        raise InputError(
            f'{file} is no export of Label Studio in the format "JSON" (not "JSON-MIN")'
        )
    return tasks


def _dicts(value: Any, what: str) -> list[dict]:
    rows = [] if value is None else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'its {what} are {shown(value)}, a list of objects is needed')
    return rows


def _samples(
    images: _Images, task: dict, scheme: Scheme, report: ReadReport | None
) -> list[LandmarkSample]:
    annotation = _newest(task, report)
    regions = [r for r in _dicts(annotation.get('result'), 'result') if _is_read(r)]
    size = _size(regions)
    heads = _heads(regions, size)
    data = task['data']
    path = images.find(task)
    patient = data.get('patient_id')
    known = None if is_missing(patient) else str(identifier(patient, 'patient_id'))
    return [
        fitted(
            LandmarkSample(
                id='',
                image=path,
                points=ordered(points, scheme, report),
                spacing=spacing_of(data),
                split=_split(data.get('split')),
                subject=known or images.relative(path),
                box=box,
            ),
            size,
            report,
        )
        for points, box in heads
    ]


def _split(word: Any) -> str | None:
    if is_missing(word):
        return None
    part = part_named(word) if isinstance(word, str) else None
    if part is None:
        raise InputError(f"its split is {shown(word)}, not 'train', 'val' or 'test'")
    return part


def _newest(task: dict, report: ReadReport | None) -> dict:
    annotations = _dicts(task.get('annotations'), 'annotations')
    done = [a for a in annotations if not a.get('was_cancelled')]
    if not done:
        raise InputError('is not annotated: submit it in Label Studio')
    if report is not None:
        report.count('annotations that a newer one replaces', len(done) - 1)
    # the times are ISO 8601 in UTC, so that they sort as text
    return max(done, key=lambda annotation: str(annotation.get('updated_at') or ''))


def _is_read(region: dict) -> bool:
    return region.get('type') in ('keypointlabels', 'rectanglelabels')


def _value(region: dict) -> dict:
    value = region.get('value')
    return value if isinstance(value, dict) else {}


def _labels(region: dict) -> list[str]:
    labels = _value(region).get('keypointlabels') or []
    if not isinstance(labels, list) or not all(isinstance(k, str) for k in labels):
        raise InputError(
            f'keypointlabels are {shown(labels)}, a list of names is needed'
        )
    return labels


def _size(regions: list[dict]) -> Size:
    """Width and height of the picture that was labelled."""
    sizes = {
        claimed_size(region.get('original_width'), region.get('original_height'))
        for region in regions
    }
    if not regions:
        raise InputError('has no keypointlabels')
    if None in sizes:
        raise InputError("lacks 'original_width' and 'original_height' of a region")
    if len(sizes) > 1:
        raise InputError('its regions are of pictures of several sizes: set them anew')
    return sizes.pop()  # type: ignore[return-value]


def _heads(regions: list[dict], size: Size) -> list[tuple[list[_Point], _Box | None]]:
    """Each head's points (name, x, y) and its box, 0-based pixel centres."""
    boxes: dict[Any, _Box] = {}
    points: dict[Any, list[_Point]] = {}
    for region in regions:
        if region.get('image_rotation'):
            raise InputError('was turned in Label Studio: turn it back')
        x, y, width, height = _pixels(_value(region), size)
        if region['type'] == 'rectanglelabels':
            key = identifier(region.get('id'), 'the id of a region')
            boxes[key] = (x, y, x + width, y + height)
            continue
        labels = _labels(region)
        if len(labels) != 1:
            names = ', '.join(map(shown, labels)) or 'no label'
            raise InputError(f'a point has {names}: give each point one label')
        parent = region.get('parentID')
        head = None if parent is None else identifier(parent, 'a parentID')
        points.setdefault(head, []).append((labels[0], x, y))
    if not points:
        raise InputError('has no keypointlabels')
    return [(points[head], boxes.get(head)) for head in points]


def _pixels(value: dict, size: Size) -> Iterator[float]:
    """x, y, width and height; NaN where one is not given."""
    for key, side, corner in (
        ('x', 0, 0.5),
        ('y', 1, 0.5),
        ('width', 0, 0),
        ('height', 1, 0),
    ):
        yield number(value.get(key), f'{key} of a region') / 100 * size[side] - corner


class _Images:
    """The pictures of the tasks of a file."""

    def __init__(self, file: Path):
        self.folders = (file.parent / 'images', file.parent)
        self._finder = finder_beside(file)
        self._task_of: dict[Path, Any] = {}

    def find(self, task: dict) -> Path:
        """Where a task's picture lies.

        Raises:
            InputError: Nowhere, in two places, or it is another task's too.
        """
        path = self._found(_address(task))
        other = self._task_of.setdefault(path, task)
        if other is not task:
            raise InputError(
                f'{path.name} is of task {shown(other.get("id", "?"))} too: remove one '
                'of them'
            )
        return path

    def _found(self, address: str) -> Path:
        query = _LOCAL.search(urlsplit(address).query)
        if query:
            # a + is a space in an address and a plus where nobody encoded the name
            names = ['/' + unquote(query[1]), '/' + unquote(query[1].replace('+', ' '))]
        else:
            names = [address]
        plain = [_UPLOADED.sub('', _last(name)) for name in names]
        for readings in (names, plain):
            found = {
                path
                for name in readings
                if (path := self._finder.find(name, must_exist=False)).is_file()
            }
            if len(found) > 1:
                raise InputError(
                    f'{shown(address)} may be {" or ".join(sorted(p.name for p in found))}'
                    ': give the files other names'
                )
            if found:
                return found.pop()
        raise InputError(f'no image {shown(plain[0])} in {self.folders[1]} or below it')

    def relative(self, path: Path) -> str:
        """A picture's name below the folder of the pictures."""
        folder = next((f for f in self.folders if path.is_relative_to(f)), path.parent)
        return path.relative_to(folder).as_posix()

    def with_ids(self, samples: list[LandmarkSample]) -> list[LandmarkSample]:
        """The samples with an id each."""
        names = {path: self.relative(path) for path in self._task_of}
        base = dict(zip(names, distinct_ids(list(names.values())), strict=True))
        ids = numbered(base[sample.image] for sample in samples)  # type: ignore[index]
        return [replace(s, id=one) for one, s in zip(ids, samples, strict=True)]


def _last(name: str) -> str:
    return unquote(urlsplit(name).path).replace('\\', '/').rsplit('/')[-1]


def _address(task: dict) -> str:
    """Where Label Studio shows a task's picture from."""
    values = task['data']
    found = values.get('image') or next(
        (v for v in values.values() if isinstance(v, str) and '.' in v), None
    )
    if not isinstance(found, str):
        raise InputError("its data have no 'image'")
    return found
