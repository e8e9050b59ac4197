"""SLEAP's ``.slp`` labels: HDF5 with tables of frames, instances and points.

``metadata`` names the nodes of the skeletons, ``videos_json`` the images of each video.
Labels of sequences of images are read (SLEAP's ``ImageVideo``); frames of a video file, and
frames that lie inside the file (``.pkg.slp``), are refused: export them as images. Where a
frame has labelled instances, its predicted ones are left out, as SLEAP does in training.
A node that is not visible is missing, as SLEAP takes it.

Read and written by h5py, without sleap-io, which needs 20 packages, among them a browser's
graphics library and a writer of videos.

Index base: 0-based pixel centres since format 1.1; half a pixel is subtracted in older
files. Layout: ``sleap_io/io/slp.py`` of sleap-io 0.9.5. Pereira et al., Nature Methods 19
(2022) 486-495.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.hdf5 import array_of, opened_hdf5, text_of_hdf5
from .common.heads import Head, Parsed, read_heads
from .common.image_finder import ImageFinder, finder_beside
from .common.points import scheme_of
from .common.sizes import displayed_size
from .common.values import shown
from .common.writing import Names, by_image, names_in

#: Version of the layout that is written; SLEAP refuses files of a later one than its own.
FORMAT = 1.3
#: The largest version that is read: the next changes the layout of the tables.
_LIMIT = 3.0
#: HDF5 allows 64 KiB for an attribute and what belongs to it.
_MAX_METADATA = 64_000
_LABELLED, _PREDICTED = 0, 1
_LEFT_OUT = 'predicted instances left out, in frames with labelled ones'

_FRAMES = np.dtype(
    [
        ('frame_id', 'u8'),
        ('video', 'u4'),
        ('frame_idx', 'u8'),
        ('instance_id_start', 'u8'),
        ('instance_id_end', 'u8'),
    ]
)
_INSTANCES = np.dtype(
    [
        ('instance_id', 'i8'),
        ('instance_type', 'u1'),
        ('frame_id', 'u8'),
        ('skeleton', 'u4'),
        ('track', 'i4'),
        ('from_predicted', 'i8'),
        ('score', 'f4'),
        ('point_id_start', 'u8'),
        ('point_id_end', 'u8'),
        ('tracking_score', 'f4'),
    ]
)
_POINTS = np.dtype([('x', 'f8'), ('y', 'f8'), ('visible', '?'), ('complete', '?')])
_PREDICTED_POINTS = np.dtype([*_POINTS.descr, ('score', 'f8')])


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


def write_sleap(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write a ``.slp`` file; samples with scores become predicted instances.

    Args:
        out: The file.
        samples: Samples of image files; those of one size are one video.
        scheme: Their K points.
        label: The name of the skeleton.

    Returns:
        Each image and its name in the file.
    """
    import h5py

    metadata = json.dumps(_metadata(scheme, label), separators=(',', ':')).encode()
    if len(metadata) > _MAX_METADATA:
        raise InputError(
            f'the names and edges of {len(scheme)} points need {len(metadata)} bytes, '
            f'SLEAP has room for {_MAX_METADATA}: choose another format'
        )
    images = by_image(samples)
    names = names_in(images, out.parent)
    videos: dict[tuple[int, int], list[str]] = {}
    rows: dict[str, list[tuple]] = dict(frames=[], instances=[], points=[], pred=[])
    for path, heads in images.items():
        files = videos.setdefault(displayed_size(path), [])
        start, number = len(rows['instances']), len(rows['frames'])
        for sample in heads:
            _add_instance(rows, sample, number)
        video = list(videos).index(displayed_size(path))
        end = len(rows['instances'])
        rows['frames'].append((number, video, len(files), start, end))
        files.append(names[path])
    texts = [
        json.dumps(_video(files, size), separators=(',', ':'))
        for size, files in videos.items()
    ]
    with h5py.File(out, 'w') as file:
        group = file.create_group('metadata')
        group.attrs['format_id'] = FORMAT
        group.attrs['json'] = np.bytes_(metadata)
        for name, values in (('videos_json', texts), ('tracks_json', [])):
            file.create_dataset(
                name, data=values, dtype=h5py.string_dtype(), maxshape=(None,)
            )
        file.create_dataset('suggestions_json', shape=(0,), dtype=h5py.string_dtype())
        for name, key, kind in (
            ('points', 'points', _POINTS),
            ('pred_points', 'pred', _PREDICTED_POINTS),
            ('instances', 'instances', _INSTANCES),
            ('frames', 'frames', _FRAMES),
        ):
            file.create_dataset(name, data=np.array(rows[key], kind))
    return names


def _add_instance(
    rows: dict[str, list[tuple]], sample: LandmarkSample, frame: int
) -> None:
    scores = sample.extra.get('scores')
    kind = _LABELLED if scores is None else _PREDICTED
    points = rows['points' if scores is None else 'pred']
    start, mean = len(points), 0.0
    there = np.isfinite(sample.points).all(axis=1)
    if scores is not None:
        scores = np.where(np.isfinite(scores), scores, 0.0)
        mean = float(scores[there].mean()) if there.any() else 0.0
    for i, (x, y) in enumerate(sample.points.tolist()):
        more = () if scores is None else (float(scores[i]),)
        points.append((x, y, there[i], there[i], *more))
    number = len(rows['instances'])
    end = len(points)
    rows['instances'].append((number, kind, frame, 0, -1, -1, mean, start, end, 0.0))


def _video(files: list[str], size: tuple[int, int]) -> dict:
    width, height = size
    backend = dict(
        type='ImageVideo',
        shape=[len(files), height, width, 3],
        filename=files[0],
        filenames=files,
        height_=height,
        width_=width,
        channels_=3,
        grayscale=False,
    )
    return dict(filename=files, backend=backend)


def _metadata(scheme: Scheme, label: str) -> dict:
    """The skeleton as SLEAP writes it, a graph of networkx as jsonpickle."""
    kind = {
        'py/reduce': [{'py/type': 'sleap.skeleton.EdgeType'}, {'py/tuple': [1]}],
    }
    links = [
        dict(
            edge_insert_idx=i,
            key=0,
            source=a,
            target=b,
            type=kind if i == 0 else {'py/id': 1},
        )
        for i, (a, b) in enumerate(scheme.skeleton)
    ]
    skeleton = dict(
        directed=True,
        graph=dict(name=label, num_edges_inserted=len(links)),
        links=links,
        multigraph=True,
        nodes=[dict(id=i) for i in range(len(scheme))],
    )
    return dict(
        version='2.0.0',
        skeletons=[skeleton],
        nodes=[dict(name=name, weight=1.0) for name in scheme.points],
        videos=[],
        tracks=[],
        suggestions=[],
        negative_anchors={},
        provenance={},
    )


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
            for kind, name in ((_LABELLED, 'points'), (_PREDICTED, 'pred_points'))
        }
        frames, instances = (array_of(data, name) for name in ('frames', 'instances'))
        for rows, wanted in (
            (frames, ('video', 'frame_idx', 'instance_id_start', 'instance_id_end')),
            (instances, _INSTANCES.names[:-1]),  # type: ignore[index]
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
        labelled = [i for i in rows if kinds[i] == _LABELLED]
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
