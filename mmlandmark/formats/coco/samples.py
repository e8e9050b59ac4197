"""Writes samples as one COCO keypoints file that :func:`.reader.read_coco` reads equal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...schemes import Scheme
from ...structures import coco
from ...structures.sample import LandmarkSample
from ..common.sizes import displayed_size
from ..common.writing import Names, by_image, names_in
from .writer import scheme_category, write_coco


def write_coco_samples(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write a COCO file; spacing, subject and annotators are extensions of COCO.

    Args:
        out: The ``.json`` file.
        samples: Samples of image files.
        scheme: Their K points.
        label: The name of the category.

    Returns:
        Each image and its name in the file.
    """
    groups = by_image(samples)
    names = names_in(groups, out.parent)
    images: list[dict] = []
    annotations: list[dict] = []
    for number, (path, heads) in enumerate(groups.items(), start=1):
        first = heads[0]
        entry = coco.image_entry(
            number, names[path], displayed_size(path), first.spacing
        )
        if first.subject is not None:
            entry['patient_id'] = first.subject
        images.append(entry | coco.image_extras(first.extra))
        for sample in heads:
            annotations.append(_annotation(len(annotations) + 1, number, sample))
    category = dict(scheme_category(scheme), name=label)
    with out.open('w', encoding='utf-8') as file:
        write_coco(file, images, annotations, [category])
    return names


def _annotation(number: int, image: int, sample: LandmarkSample) -> dict:
    box = (0.0, 0.0, 0.0, 0.0) if sample.box is None else sample.box
    entry = coco.keypoints_entry(
        number,
        image,
        sample.points,
        coco.xywh(box),
        sample.extra.get('scores'),
        sample.occluded,
    )
    if sample.box is None:  # as COCO has it where nothing was drawn
        entry['bbox'] = []
    views = sample.extra.get('annotators', {})
    if views:
        entry['annotators'] = {who: plain_points(view) for who, view in views.items()}
    return entry


def plain_points(points: np.ndarray) -> list[list[float | None]]:
    """``[x, y]`` per point for JSON, with null for NaN."""
    return [[float(v) if np.isfinite(v) else None for v in point] for point in points]
