"""Reads SLEAP's labels; see :mod:`mmlandmark.formats.sleap` for the format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ...structures.sample import LandmarkSample, ReadReport, note
from ..common.hdf5 import array_of, opened_hdf5, text_of_hdf5
from ..common.heads import Head, Parsed, read_heads
from ..common.image_finder import ImageFinder, finder_beside
from ..common.points import scheme_of
from ..common.values import shown
from .layout import INSTANCES, LABELLED, PREDICTED

#: The first version that is not read: its tables may have another layout.
_LIMIT = 3.0
_LEFT_OUT = 'predicted instances left out, in frames with labelled ones'


@dataclass
class _Labels:
    """The tables of a file.

    Attributes:
        file: The file.
        skeletons: The names of the nodes of each skeleton, and the pairs of its edges.
        videos: The images of each video; empty where it is not a sequence of images.
        titles: The name of each video, for messages.
        frames: A row per frame.
        instances: A row per instance.
        points: Those of labelled and of predicted instances; half a pixel is subtracted.
    """

    file: Path
    skeletons: list[tuple[list[str], list[tuple[int, int]]]]
    videos: list[list[str]]
    titles: list[str]
    frames: np.ndarray
    instances: np.ndarray
    points: dict[int, np.ndarray]


def read_sleap(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a ``.slp`` file; nodes are matched with the points by name.

    Args:
        src: The file, with the images beside it or where it says.
        scheme: The K points. :func:`sleap_scheme` makes one from the file.
        report: Collects the instances that cannot be read, and counts what is left out;
            without it the first bad instance raises an error.

    Returns:
        One sample per instance with a point: ``(K, 2)`` points, 0-based pixel centres;
        ``extra['scores']`` of predicted instances.

    Raises:
        InputError: No such file, not a file of SLEAP, or a bad instance and ``report`` is
            None.
    """
    labels = _load(Path(src))
    return read_heads(_heads(labels, report), scheme, report)


def sleap_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the nodes of all skeletons, with the edges of the first.

    Raises:
        InputError: No such file, or not a file of SLEAP.
    """
    labels = _load(Path(src))
    names = [node for nodes, _ in labels.skeletons for node in nodes]
    scheme = scheme_of(names, name, labels.file)
    return replace(scheme, skeleton=tuple(labels.skeletons[0][1]))


def _load(file: Path) -> _Labels:
    with opened_hdf5(file, 'labels of SLEAP') as data:
        if 'metadata' not in data:
            raise InputError('it has no metadata, so that it is not a file of SLEAP')
        version = float(data['metadata'].attrs.get('format_id', 1.0))
        if not version < _LIMIT:
            raise InputError(f'it has SLP format {version:g}: below {_LIMIT:g} is read')
        skeletons = _skeletons(_json(data['metadata'].attrs['json']))
        texts = array_of(data, 'videos_json').tolist()
        videos = [_images(_json(text)) for text in texts]
        points = {
            kind: _points(array_of(data, name), version)
            for kind, name in ((LABELLED, 'points'), (PREDICTED, 'pred_points'))
        }
        frames, instances = (array_of(data, name) for name in ('frames', 'instances'))
        for rows, wanted in (
            (frames, ('video', 'frame_idx', 'instance_id_start', 'instance_id_end')),
            (instances, INSTANCES.names[:-1]),  # type: ignore[index]
        ):
            absent = {*wanted} - {*(rows.dtype.names or ())}
            if absent:
                raise InputError(f'a table lacks the column {min(absent)}')
        return _Labels(
            file,
            skeletons,
            [files for files, _ in videos],
            [title for _, title in videos],
            frames,
            instances,
            points,
        )


def _json(value: Any) -> dict:
    """A JSON object, of text or bytes."""
    found = json.loads(text_of_hdf5(value))
    if not isinstance(found, dict):
        raise InputError(f'an entry is {shown(found)}, an object is needed')
    return found


def _skeletons(metadata: dict) -> list[tuple[list[str], list[tuple[int, int]]]]:
    nodes = [node['name'] for node in metadata['nodes']]
    found = []
    for skeleton in metadata['skeletons']:
        graph = skeleton.get('nx_graph', skeleton)  # since SLEAP 1.3.2
        ids = [node['id'] for node in graph['nodes']]
        names = [nodes[i] for i in ids]
        if not names or not all(isinstance(name, str) for name in names):
            raise InputError('a skeleton has no nodes with names')
        edges = []
        kinds: dict[
            int, int
        ] = {}  # edge, 1, or symmetry, 2, by the number of its object
        for link in graph['links']:
            kind = link['type']
            if 'py/reduce' in kind:
                number = len(kinds) + 1
                kinds[number] = kind['py/reduce'][1]['py/tuple'][0]
            else:
                number = kind['py/id']
            if kinds.get(number) == 1:
                edges.append((ids.index(link['source']), ids.index(link['target'])))
        found.append((names, edges))
    if not found:
        raise InputError('it has no skeleton')
    return found


def _images(video: dict) -> tuple[list[str], str]:
    """The files of a sequence of images, and the name of the video."""
    backend = video.get('backend', {})
    files = backend.get('filenames') or backend.get('filename', video.get('filename'))
    title = files[0] if isinstance(files, list) and files else files
    whole = isinstance(files, list) and all(isinstance(f, str) for f in files)
    return (files if whole else []), str(title)


def _points(rows: np.ndarray, version: float) -> np.ndarray:
    """``(N, 4)`` x, y, visible and score, which is NaN of labelled points."""
    names = rows.dtype.names or ()
    if not {'x', 'y', 'visible'} <= {*names}:
        raise InputError('its points have no x, y and visible')
    shift = 0.5 if version < 1.1 else 0.0
    score = rows['score'] if 'score' in names else np.full(len(rows), np.nan)
    values = [rows['x'] - shift, rows['y'] - shift, rows['visible'] != 0, score]
    return np.column_stack([np.asarray(value, float) for value in values])


def _heads(labels: _Labels, report: ReadReport | None) -> Iterator[Parsed]:
    finder = finder_beside(labels.file)
    kinds = labels.instances['instance_type']
    for nth, frame in enumerate(labels.frames, start=1):
        start, end = (int(frame[f'instance_id_{end}']) for end in ('start', 'end'))
        rows = range(start, min(end, len(labels.instances)))
        labelled = [i for i in rows if kinds[i] == LABELLED]
        if labelled and len(labelled) < len(rows):
            note(report, _LEFT_OUT, len(rows) - len(labelled))
        for i in labelled or rows:
            where = f'{labels.file.name} frame {nth}'
            yield where, partial(_head, labels, frame, labels.instances[i], finder)


def _head(labels: _Labels, frame: Any, instance: Any, finder: ImageFinder) -> Head:
    nodes = _at(labels.skeletons, int(instance['skeleton']), 'skeleton')[0]
    start, end = (int(instance[f'point_id_{end}']) for end in ('start', 'end'))
    kind = int(instance['instance_type'])
    if kind not in labels.points:
        raise InputError(f'an instance is of the type {kind}, not 0 or 1')
    rows = labels.points[kind][start:end]
    if len(rows) != len(nodes) or end - start != len(nodes):
        raise InputError(f'{end - start} points, its skeleton has {len(nodes)}')
    video, number = int(frame['video']), int(frame['frame_idx'])
    files = _at(labels.videos, video, 'video')
    if not files:
        raise InputError(
            f'frame {number} of {shown(labels.titles[video])} is not an image file: '
            'extract the frames as images, and label these'
        )
    name = _at(files, number, 'image of its video')
    path = finder.find(name)
    found, scores = [], {}
    for node, (x, y, visible, score) in zip(nodes, rows.tolist(), strict=True):
        if not visible or np.isnan([x, y]).any():
            continue
        if not np.isfinite([x, y]).all():
            raise InputError(f'{shown(node)} is at an infinite place')
        found.append((node, x, y))
        if np.isfinite(score):
            scores[node] = score
    text = PurePosixPath(name.replace('\\', '/')).as_posix()
    return Head(path, text, found, scores=scores)


def _at(items: list, i: int, what: str) -> Any:
    if not 0 <= i < len(items):
        raise InputError(f'there is no {what} {i} in {len(items)}')
    return items[i]
