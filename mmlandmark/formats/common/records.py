"""Samples as the records that the writers of the labelling tools take, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ...schemes import Scheme, scheme_from_names
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample
from .sizes import displayed_size
from .writing import by_image, named_points


def records_of(samples: Sequence[LandmarkSample], scheme: Scheme) -> Iterator[dict]:
    """One record per image; its key ``done`` marks the points as annotations.

    Several heads of an image without boxes get the tight boxes of their points, by which
    the tools tell them apart.
    """
    for path, heads in by_image(samples).items():
        width, height = displayed_size(path)
        first = heads[0]
        yield dict(
            image=str(path),
            width=width,
            height=height,
            done=True,
            split=first.split,
            patient_id=first.subject,
            predictions=[_prediction(s, scheme, len(heads) > 1) for s in heads],
        )


def _prediction(sample: LandmarkSample, scheme: Scheme, grouped: bool) -> dict:
    box = sample.box
    if box is None and grouped:
        low, high = np.nanmin(sample.points, axis=0), np.nanmax(sample.points, axis=0)
        box = (*low.tolist(), *high.tolist())
    return dict(
        box=box,
        spacing=sample.spacing and sample.spacing.to_dict(),
        points=named_points(sample, scheme),
    )


def samples_of(
    records: Iterable[dict], name: str = 'predicted'
) -> tuple[list[LandmarkSample], Scheme]:
    """The samples of records of predictions, and the scheme of their points.

    Args:
        records: As :func:`mmlandmark.inference.batch.run.predict_batch` writes them, all of
            one model.
        name: The name of the scheme.
    """
    samples: list[LandmarkSample] = []
    names: list[str] = []
    for record in records:
        for prediction in record['predictions']:
            points = prediction['points']
            names = names or [point['name'] for point in points]
            spacing = prediction.get('spacing')
            scores = [point.get('score') for point in points]
            samples.append(
                LandmarkSample(
                    id=str(len(samples)),
                    image=Path(record['image']),
                    points=np.array([[p['x'], p['y']] for p in points], float),
                    spacing=spacing and PixelSpacing.from_dict(spacing),
                    box=prediction.get('box'),
                    extra=dict(scores=np.array(scores, float)),
                )
            )
    return samples, scheme_from_names(name, names)
