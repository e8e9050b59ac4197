"""Reads Label Studio's JSON; see :mod:`mmlandmark.formats.label_studio` for the format."""

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
from ..common.image_finder import finder_beside
from ..common.image_names import distinct_ids, numbered
from ..common.points import ordered, scheme_of
from ..common.sizes import Size, claimed_size, fitted
from ..common.splits import split_named
from ..common.text_file import load_json
from ..common.values import identifier, is_missing, number, shown

# Label Studio prefixes uploaded files by eight hexadecimal digits: 3f2a9c1d-radiograph.png
_UPLOADED = re.compile(r'^[0-9a-f]{8}-')
# a file of local storage is served as /data/local-files/?d=PATH
_LOCAL = re.compile(r'(?:^|&)d=([^&]*)')

_Point = tuple[str, float, float]
_Box = tuple[float, float, float, float]


def read_label_studio(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read an export in the format "JSON"; points are matched by name.

    Of several annotations of a task the newest is read. Cancelled annotations and
    predictions are not read.

    Args:
        src: The ``.json`` file, with the images beside it or in ``images/``, whatever their
            addresses in Label Studio.
        scheme: The points to read. :func:`label_studio_scheme` makes one from the file.
        report: Collects the tasks left out, and counts the annotations that are not the
            newest; without it the first bad task raises an error.

    Returns:
        One sample per head: ``(K, 2)`` points, 0-based pixel centres, NaN where missing;
        the box of its rectangle; spacing, subject and split where the data of the task have
        ``pixel_spacing`` (``pixel_spacing_source``), ``patient_id`` and ``split``.

    Raises:
        InputError: No such file, not an export of Label Studio, or a bad task and
            ``report`` is None.
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
    """The scheme of the labels in a file, in the order of their first use.

    Args:
        src: The ``.json`` file.
        name: The name of the scheme.

    Raises:
        InputError: No such file, not an export of Label Studio, or it has no points.
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
            f'{file} is not an export of Label Studio in the format "JSON": export the '
            'project as "JSON", not "JSON-MIN"'
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
    part = split_named(word) if isinstance(word, str) else None
    if part is None:
        raise InputError(f"its split is {shown(word)}, not 'train', 'val' or 'test'")
    return part


def _newest(task: dict, report: ReadReport | None) -> dict:
    annotations = _dicts(task.get('annotations'), 'annotations')
    done = [a for a in annotations if not a.get('was_cancelled')]
    if not done:
        raise InputError('is not annotated: submit it in Label Studio')
    if report is not None:
        report.count('annotations replaced by a newer one', len(done) - 1)
    # ISO 8601 times in UTC sort as text
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
    """Width and height of the labelled image."""
    sizes = {
        claimed_size(region.get('original_width'), region.get('original_height'))
        for region in regions
    }
    if not regions:
        raise InputError('has no keypointlabels')
    if None in sizes:
        raise InputError("lacks 'original_width' and 'original_height' of a region")
    if len(sizes) > 1:
        raise InputError('its regions have images of several sizes: label it again')
    return sizes.pop()  # type: ignore[return-value]


def _heads(regions: list[dict], size: Size) -> list[tuple[list[_Point], _Box | None]]:
    """Each head's points (name, x, y) and its box, 0-based pixel centres."""
    boxes: dict[Any, _Box] = {}
    points: dict[Any, list[_Point]] = {}
    for region in regions:
        if region.get('image_rotation'):
            raise InputError('was rotated in Label Studio: rotate it back')
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
    """x, y, width and height in pixels; NaN where one is missing."""
    for key, side, corner in (
        ('x', 0, 0.5),
        ('y', 1, 0.5),
        ('width', 0, 0),
        ('height', 1, 0),
    ):
        yield number(value.get(key), f'{key} of a region') / 100 * size[side] - corner


class _Images:
    """The images of the tasks in a file."""

    def __init__(self, file: Path):
        self.folders = (file.parent / 'images', file.parent)
        self._finder = finder_beside(file)
        self._task_of: dict[Path, Any] = {}

    def find(self, task: dict) -> Path:
        """The path of a task's image.

        Raises:
            InputError: It does not exist, is in two places, or another task has it too.
        """
        path = self._found(_address(task))
        other = self._task_of.setdefault(path, task)
        if other is not task:
            raise InputError(
                f'{path.name} is the image of task {shown(other.get("id", "?"))} too: '
                'remove one of them'
            )
        return path

    def _found(self, address: str) -> Path:
        query = _LOCAL.search(urlsplit(address).query)
        if query:
            # a + is an encoded space, or a plus in a name that was not encoded
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
        """The path of an image relative to the folder of the images."""
        folder = next((f for f in self.folders if path.is_relative_to(f)), path.parent)
        return path.relative_to(folder).as_posix()

    def with_ids(self, samples: list[LandmarkSample]) -> list[LandmarkSample]:
        """Give each sample a unique id."""
        names = {path: self.relative(path) for path in self._task_of}
        base = dict(zip(names, distinct_ids(list(names.values())), strict=True))
        ids = numbered(base[sample.image] for sample in samples)  # type: ignore[index]
        return [replace(s, id=one) for one, s in zip(ids, samples, strict=True)]


def _last(name: str) -> str:
    return unquote(urlsplit(name).path).replace('\\', '/').rsplit('/')[-1]


def _address(task: dict) -> str:
    """The address of a task's image in Label Studio."""
    values = task['data']
    found = values.get('image') or next(
        (v for v in values.values() if isinstance(v, str) and '.' in v), None
    )
    if not isinstance(found, str):
        raise InputError("its data have no 'image'")
    return found
