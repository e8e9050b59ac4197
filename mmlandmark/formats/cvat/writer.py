"""Pre-annotations for CVAT: "CVAT for images 1.1", and the labels of the task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np


def write_cvat(out: Path, records: Iterable[dict], label: str) -> int:
    """Write the points of images as skeletons, a record at a time.

    CVAT finds an image by its name alone. Coordinates count from the outer corner of the
    first pixel, so 0.5 is added; three decimals keep what the results have.

    Args:
        out: The XML file.
        records: As a run writes them: ``image``, ``width``, ``height``, ``predictions``.
        label: The skeleton's name in the task.

    Returns:
        How many images were written.
    """
    count = 0
    with out.open('w', encoding='utf-8') as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n')
        file.write('<annotations>\n<version>1.1</version>\n')
        for record in records:
            element = _image(count, record, label)
            file.write(ElementTree.tostring(element, encoding='unicode') + '\n')
            count += 1
        file.write('</annotations>\n')
    return count


def _image(number: int, record: dict, label: str) -> ElementTree.Element:
    image = ElementTree.Element(
        'image',
        id=str(number),
        name=Path(record['image']).name,
        width=str(record['width']),
        height=str(record['height']),
    )
    for prediction in record['predictions']:
        head = ElementTree.SubElement(
            image, 'skeleton', label=label, source='auto', z_order='0'
        )
        for point in prediction['points']:
            # doubtful points are marked as CVAT marks covered ones: look at them
            ElementTree.SubElement(
                head,
                'points',
                label=point['name'],
                source='auto',
                outside='0',
                occluded='1' if point.get('low_confidence') else '0',
                points=f'{point["x"] + 0.5:.3f},{point["y"] + 0.5:.3f}',
            )
    return image


def cvat_labels(label: str, names: Sequence[str], shape: np.ndarray) -> str:
    """What to paste into the "Raw" tab of a task's labels: one skeleton of all points.

    Args:
        label: The skeleton's name.
        names: Of its K points.
        shape: ``(K, 2)`` where a new skeleton's points are drawn, in any length.
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
