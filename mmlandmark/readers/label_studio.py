"""Label Studio's JSON export: tasks with ``keypointlabels`` in percent of the picture.

Percent count from the outer corner of the first pixel: ``x / 100 * original_width - 0.5``
is the 0-based pixel centre. Points of one head share a ``parentID``, the rectangle they
were set in; points without one are one head.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from .coco import image_beside
from .labelled import ordered, scheme_of
from .sample import LandmarkSample, ReadReport, checked_spacing

# an uploaded file gets eight hexadecimal digits in front: 3f2a9c1d-film.png
_UPLOADED = re.compile(r'^[0-9a-f]{8}-')


def read_label_studio(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read an export in the format "JSON"; points are matched by name.

    Of a task that several people labelled the newest annotation counts. Cancelled ones
    and predictions that nobody looked at are not read.

    Args:
        src: The ``.json`` file, with the images beside it or in ``images/``.
        scheme: The points wanted. :func:`label_studio_scheme` makes one from the file.
        report: Told of the tasks left out, and how many annotations were not the newest;
            without it the first bad task is an error.

    Returns:
        One sample a head: ``(K, 2)`` points, 0-based pixel centres; the box of its
        rectangle, and ``pixel_spacing`` and ``patient_id`` where the task's data have them.

    Raises:
        InputError: No such file, no export of Label Studio, or a bad task.
    """
    file = Path(src)
    samples: list[LandmarkSample] = []
    for task in _tasks(file):
        try:
            samples += _samples(file, task, scheme, report)
        except (InputError, KeyError, TypeError, ValueError) as error:
            where = f'{file.name} task {task.get("id", "?")}'
            said = str(error) if isinstance(error, InputError) else f'lacks {error!r}'
            if report is None:
                raise InputError(f'{where}: {said}') from None
            report.skip(where, said)
    return samples


def label_studio_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the labels in a file, in the order in which they first come.

    Raises:
        InputError: No such file, no export of Label Studio, or no point in it.
    """
    file = Path(src)
    names = (
        label
        for task in _tasks(file)
        for annotation in task.get('annotations', [])
        for region in annotation.get('result', [])
        for label in region.get('value', {}).get('keypointlabels', [])
    )
    return scheme_of(names, name, file)


def _tasks(file: Path) -> list[dict]:
    try:
        tasks = json.loads(file.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise InputError(f'no file {file}') from None
    except (OSError, ValueError) as error:
        raise InputError(f'{file} is not readable JSON: {error}') from None
    whole = isinstance(tasks, list) and all(
        isinstance(task, dict) and isinstance(task.get('data'), dict) for task in tasks
    )
    if not whole:
        raise InputError(
            f'{file} is no export of Label Studio in the format "JSON" (not "JSON-MIN")'
        )
    return tasks


def _samples(
    file: Path, task: dict, scheme: Scheme, report: ReadReport | None
) -> Iterator[LandmarkSample]:
    name = _image(file, task)
    heads = _heads(_newest(task, report)['result'])
    data = task['data']
    for nth, (points, box) in enumerate(heads, start=1):
        yield LandmarkSample(
            id='_'.join(name.with_suffix('').parts) + (f'_{nth}' if nth > 1 else ''),
            image=image_beside(file, name),
            points=ordered(points, scheme),
            spacing=checked_spacing(data.get('pixel_spacing')),
            subject=str(data.get('patient_id', name.as_posix())),
            box=box,
        )


def _newest(task: dict, report: ReadReport | None) -> dict:
    done = [a for a in task.get('annotations', []) if not a.get('was_cancelled')]
    if not done:
        raise InputError('is not annotated: submit it in Label Studio')
    if report is not None:
        report.count('annotations that a newer one replaces', len(done) - 1)
    # the times are ISO 8601 in UTC, so that they sort as text
    return max(done, key=lambda annotation: annotation.get('updated_at') or '')


def _heads(result: list[dict]) -> list[tuple[list, tuple | None]]:
    """Each head's points (name, x, y) and its box, 0-based pixel centres."""
    boxes: dict[str | None, tuple] = {}
    points: dict[str | None, list] = {}
    for region in result:
        kind, value = region.get('type'), region.get('value', {})
        if kind not in ('keypointlabels', 'rectanglelabels'):
            continue
        if region.get('image_rotation'):
            raise InputError('was turned in Label Studio: turn it back')
        size = np.array([region['original_width'], region['original_height']], float)
        x, y = np.array([value['x'], value['y']], float) / 100 * size - 0.5
        if kind == 'rectanglelabels':
            sides = np.array([value['width'], value['height']], float) / 100 * size
            far = (x + sides[0], y + sides[1])
            boxes[region['id']] = (float(x), float(y), float(far[0]), float(far[1]))
        else:
            (label,) = value['keypointlabels']
            heads = points.setdefault(region.get('parentID'), [])
            heads.append((label, float(x), float(y)))
    if not points:
        raise InputError('has no keypointlabels')
    return [(points[head], boxes.get(head)) for head in points]


def _image(file: Path, task: dict) -> Path:
    """The name of a task's picture as it is found beside the file."""
    url = task['data'].get('image') or next(
        (v for v in task['data'].values() if isinstance(v, str) and '.' in v), None
    )
    if not isinstance(url, str):
        raise InputError("its data have no 'image'")
    parts = urlsplit(url)
    # a file of local storage is served as /data/local-files/?d=PATH
    path = Path(parse_qs(parts.query).get('d', [unquote(parts.path)])[0])
    plain = Path(_UPLOADED.sub('', path.name))
    relative = path.relative_to(path.anchor)
    for name in (relative, Path(path.name), plain):
        if image_beside(file, name).is_file():
            return name
    return plain
