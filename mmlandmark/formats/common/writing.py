"""Functions that the writers of formats share: image names and sizes, named points."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ...structures.sample import LandmarkSample
from .image_names import distinct_ids, folded, names_below

#: Image file to its name in the written files, relative to their folder.
Names = dict[Path, str]


def by_image(samples: Iterable[LandmarkSample]) -> dict[Path, list[LandmarkSample]]:
    """The samples of each image file, in order.

    Raises:
        InputError: An image is not a file, or there are no samples.
    """
    found: dict[Path, list[LandmarkSample]] = {}
    for sample in samples:
        if not isinstance(sample.image, Path):
            raise InputError(
                f'the image of {sample.id} is inside its data set and not a file: prepare '
                'the data set, then convert the prepared folder'
            )
        found.setdefault(sample.image, []).append(sample)
    if not found:
        raise InputError('there are no samples to write')
    return found


def names_in(images: Iterable[Path], folder: Path) -> Names:
    """Names of images: relative to the folder of the written file, or short and unique."""
    paths = list(images)
    if all(path.is_relative_to(folder) for path in paths):
        return {path: path.relative_to(folder).as_posix() for path in paths}
    short = names_below(map(str, paths))
    return {path: short[str(path)] for path in paths}


def stems_of(images: Iterable[Path]) -> Names:
    """File names whose stems differ too, for formats with one label file per image."""
    paths = list(images)
    short = names_below(map(str, paths))
    ids = distinct_ids([short[str(path)] for path in paths])
    return {
        path: (
            path.name
            if folded(path.stem) == folded(one)
            else one.replace('/', '_') + path.suffix
        )
        for path, one in zip(paths, ids, strict=True)
    }


def named_points(sample: LandmarkSample, scheme: Scheme) -> list[dict[str, Any]]:
    """The points that are there: ``name``, ``x``, ``y``, ``occluded`` and ``score``."""
    hidden = sample.occluded
    scores = sample.extra.get('scores')
    found = []
    for i, (x, y) in enumerate(sample.points.tolist()):
        if not np.isfinite([x, y]).all():
            continue
        score = None if scores is None else float(scores[i])
        found.append(
            dict(
                name=scheme.points[i],
                x=x,
                y=y,
                occluded=bool(hidden is not None and hidden[i]),
                score=score if score is not None and np.isfinite(score) else None,
            )
        )
    return found


def text_of(value: float) -> str:
    """The shortest decimal text that is read back equal."""
    return repr(float(value))


def write_json(path: Path, value: Any, indent: int | None = 2) -> None:
    """Write JSON; NaN is refused by the caller's values, as JSON has none."""
    text = json.dumps(value, indent=indent, allow_nan=False)
    path.write_text(text + '\n', encoding='utf-8')
