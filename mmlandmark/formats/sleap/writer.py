"""Writes SLEAP's labels, which :func:`.reader.read_sleap` reads back equal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ...structures.sample import LandmarkSample
from ..common.hdf5 import require_h5py
from ..common.sizes import displayed_size
from ..common.writing import Names, by_image, names_in
from .layout import FRAMES, INSTANCES, LABELLED, POINTS, PREDICTED, PREDICTED_POINTS

#: Version of the layout.
FORMAT = 1.3
#: HDF5 allows 64 KiB for an attribute and what belongs to it.
MAX_METADATA = 64_000


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
    h5py = require_h5py(out)
    metadata = json.dumps(_metadata(scheme, label), separators=(',', ':')).encode()
    if len(metadata) > MAX_METADATA:
        raise InputError(
            f'the names and edges of {len(scheme)} points need {len(metadata)} bytes, '
            f'SLEAP has room for {MAX_METADATA}: choose another format'
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
            ('points', 'points', POINTS),
            ('pred_points', 'pred', PREDICTED_POINTS),
            ('instances', 'instances', INSTANCES),
            ('frames', 'frames', FRAMES),
        ):
            file.create_dataset(name, data=np.array(rows[key], kind))
    return names


def _add_instance(
    rows: dict[str, list[tuple]], sample: LandmarkSample, frame: int
) -> None:
    scores = sample.extra.get('scores')
    kind = LABELLED if scores is None else PREDICTED
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
