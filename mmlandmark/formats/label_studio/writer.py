"""Writes pre-annotations for Label Studio, and its labelling interface."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from ...structures.coco import spacing_entry
from ...structures.pixel_spacing import PixelSpacing

#: Address of a file in a local storage of Label Studio, without its path.
LOCAL = '/data/local-files/?d='


def write_label_studio(
    out: Path,
    records: Iterable[dict],
    label: str,
    prefix: str = LOCAL,
    names: Mapping[str, str] | None = None,
) -> int:
    """Write one task per image with its points as a prediction, one record at a time.

    Args:
        out: The JSON file.
        records: Records with ``image``, ``width``, ``height`` and ``predictions``;
            ``patient_id`` and ``split`` are kept, and ``done`` makes annotations of the
            predictions.
        label: The label of the rectangle around each head.
        prefix: Prefix of an image's address; by default that of a local storage.
        names: ``image`` to its path below the storage; by default the file name. See
            :func:`~mmlandmark.formats.common.image_names.names_below`.

    Returns:
        The number of tasks written.
    """
    count = 0
    with out.open('w', encoding='utf-8') as file:
        file.write('[')
        for record in records:
            path = record['image']
            name = names[path] if names else Path(path).name
            task = _task(record, label, prefix + quote(name))
            file.write(('\n' if count == 0 else ',\n') + json.dumps(task))
            count += 1
        file.write('\n]\n')
    return count


def _task(record: dict, label: str, address: str) -> dict:
    data = dict(image=address)
    found = record['predictions']
    if found and (spacing := found[0].get('spacing')):
        data |= spacing_entry(PixelSpacing.from_dict(spacing))
    result = [
        region
        for number, prediction in enumerate(found, start=1)
        for region in _head(prediction, record, label, number)
    ]
    data |= {key: record[key] for key in ('patient_id', 'split') if record.get(key)}
    if record.get('done'):
        return dict(data=data, annotations=[dict(result=result, was_cancelled=False)])
    version = str(record.get('model', 'mmlandmark'))
    return dict(data=data, predictions=[dict(model_version=version, result=result)])


def _head(prediction: dict, record: dict, label: str, number: int) -> list[dict]:
    width, height = record['width'], record['height']
    about = dict(
        to_name='image',
        original_width=width,
        original_height=height,
        image_rotation=0,
    )
    regions = []
    parent = f'head{number}'
    if prediction['box'] is not None:
        regions.append(_rectangle(prediction['box'], about, label, parent))
    grouped = dict(parentID=parent) if regions else {}
    for k, point in enumerate(prediction['points'], start=1):
        place = dict(
            x=(point['x'] + 0.5) / width * 100, y=(point['y'] + 0.5) / height * 100
        )
        score = {} if point.get('score') is None else dict(score=point['score'])
        regions.append(
            dict(
                id=f'{parent}_{k}',
                **grouped,
                type='keypointlabels',
                from_name='points',
                value=dict(place, width=0.5, keypointlabels=[point['name']]),
                **score,
                **about,
            )
        )
    return regions


def _rectangle(box: Sequence[float], about: dict, label: str, key: str) -> dict:
    width, height = about['original_width'], about['original_height']
    x1, y1, x2, y2 = box
    # Label Studio does not accept rectangles outside the image
    x1, x2 = (min(max(x + 0.5, 0), width) / width * 100 for x in (x1, x2))
    y1, y2 = (min(max(y + 0.5, 0), height) / height * 100 for y in (y1, y2))
    place = dict(x=x1, y=y1, width=x2 - x1, height=y2 - y1, rotation=0)
    return dict(
        id=key,
        type='rectanglelabels',
        from_name='head',
        value=dict(place, rectanglelabels=[label]),
        **about,
    )


def label_studio_interface(label: str, names: Sequence[str]) -> str:
    """The XML for "Labeling Interface", "Code": rectangles and their points.

    Args:
        label: The label of the rectangle.
        names: The names of the points; ``model_index`` keeps their order in a COCO export.
    """
    points = '\n'.join(
        f'    <Label value={quoteattr(name)} model_index="{k}"/>'
        for k, name in enumerate(names)
    )
    return f"""<View>
  <Image name="image" value="$image" zoom="true"/>
  <RectangleLabels name="head" toName="image">
    <Label value={quoteattr(label)}/>
  </RectangleLabels>
  <KeyPointLabels name="points" toName="image" strokeWidth="2">
{points}
  </KeyPointLabels>
</View>
"""
