"""Writes pre-annotations as "CVAT for images 1.1", and the label definitions of a task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np


def write_cvat(
    out: Path,
    records: Iterable[dict],
    label: str,
    names: Mapping[str, str] | None = None,
) -> int:
    """Write predictions as skeletons, one record at a time.

    Args:
        out: The XML file.
        records: Records with ``image``, ``width``, ``height``, ``predictions``; ``split``
            is written as the subset, and ``done`` marks annotations, not predictions.
        label: The name of the skeleton in the task.
        names: ``image`` to its name in the task, by which CVAT finds it; by default the
            file name. See :func:`~mmlandmark.formats.common.image_names.names_below`.

    Returns:
        The number of images written.
    """
    count = 0
    with out.open('w', encoding='utf-8') as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n')
        file.write('<annotations>\n<version>1.1</version>\n')
        for record in records:
            element = _image(count, record, label, names)
            file.write(ElementTree.tostring(element, encoding='unicode') + '\n')
            count += 1
        file.write('</annotations>\n')
    return count


def _image(
    number: int, record: dict, label: str, names: Mapping[str, str] | None
) -> ElementTree.Element:
    path = record['image']
    image = ElementTree.Element(
        'image',
        id=str(number),
        name=names[path] if names else Path(path).name,
        width=str(record['width']),
        height=str(record['height']),
        **(dict(subset=record['split']) if record.get('split') else {}),
    )
    source = 'manual' if record.get('done') else 'auto'
    digits = 6 if record.get('done') else 3
    for prediction in record['predictions']:
        head = ElementTree.SubElement(
            image, 'skeleton', label=label, source=source, z_order='0'
        )
        for point in prediction['points']:
            # low-confidence points are marked as occluded, for review
            hidden = point.get('low_confidence') or point.get('occluded')
            x, y = point['x'] + 0.5, point['y'] + 0.5
            ElementTree.SubElement(
                head,
                'points',
                label=point['name'],
                source=source,
                outside='0',
                occluded='1' if hidden else '0',
                points=f'{x:.{digits}f},{y:.{digits}f}',
            )
    return image


def cvat_labels(label: str, names: Sequence[str], shape: np.ndarray) -> str:
    """The label definition for the "Raw" tab of a task: one skeleton of all points, JSON.

    Args:
        label: The name of the skeleton.
        names: The names of its K points.
        shape: ``(K, 2)`` positions of the points in a new skeleton, at any scale.
    """
    low, high = shape.min(axis=0), shape.max(axis=0)
    # CVAT draws a skeleton in a square of 100
    places = 10 + 80 * (shape - low) / max(float((high - low).max()), 1e-6)
    circles = ''.join(
        f'<circle r="0.75" cx="{x:.2f}" cy="{y:.2f}" data-type="element node" '
        f'data-element-id="{i}" data-node-id="{i}" data-label-name={quoteattr(name)}>'
        '</circle>'
        for i, (name, (x, y)) in enumerate(zip(names, places, strict=True), start=1)
    )
    points = [dict(name=name, type='points', attributes=[]) for name in names]
    skeleton = dict(
        name=label, type='skeleton', attributes=[], sublabels=points, svg=circles
    )
    return json.dumps([skeleton], indent=1) + '\n'
