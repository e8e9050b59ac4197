"""Measure the coverage of conformal regions and intervals on labelled images.

    mmlandmark predict --img radiographs --mm-per-px 0.1 --results points.jsonl
    python examples/coverage_check.py points.jsonl isbi2015 test1

The regions are fitted on 30 random images and tested on the others, 200 times. The images
must be neither those of the training nor those of the calibration of the detector.
"""

import sys

import numpy as np

from mmlandmark.evaluation import conformal
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.studies.agreement import align
from mmlandmark.studies.label_set import read_label_set

CALIBRATION, REPEATS, LEVELS = 30, 200, (0.8, 0.9, 0.95)


def main(predictions: str, labels: str, split: str | None = None) -> None:
    found = read_label_set(predictions)
    series = align([found, read_label_set(labels, split=split)])
    names = list(series.names)
    places = [found.names.index(name) for name in names]
    pixels = np.stack([found.expected_errors[one][places] for one in series.ids])
    expected = pixels
    errors = np.linalg.norm(np.diff(series.points, axis=0)[0], axis=-1)
    if series.spacing is not None:
        scale = series.spacing.mean(axis=1, keepdims=True)
        expected, errors = expected * scale, errors * scale
    rng = np.random.default_rng(0)
    pair = predicted, truth = series.points
    scores = conformal.measurement_scores(*pair, pixels, names, series.spacing)
    points: dict[tuple, list] = {}
    measured: dict[tuple, list] = {}
    for _ in range(REPEATS):
        order = rng.permutation(len(errors))
        own, rest = order[:CALIBRATION], order[CALIBRATION:]
        regions = conformal.fit_regions(
            expected[own],
            errors[own],
            names,
            {name: values[own] for name, values in scores.items()},
            LEVELS,
        )
        for row in conformal.coverage(regions, expected[rest], errors[rest], names):
            key = (row.pop('level'), row.pop('landmark'))
            points.setdefault(key, []).append([*row.values()])
        spacing = None if series.spacing is None else series.spacing[rest]
        for row in conformal.measurement_coverage(
            regions, predicted[rest], truth[rest], pixels[rest], names, spacing
        ):
            key = (row.pop('level'), row.pop('measurement'))
            measured.setdefault(key, []).append([*row.values()])
    title = f'{len(errors)} images, calibrated on {CALIBRATION}'
    widths = (f'radius {series.unit}', 'gaussian radius')
    print_rows(title, table_of(points, 'landmark', *widths))
    print_rows(title, table_of(measured, 'measurement', '± half width', 'gaussian ±'))


def table_of(rows: dict[tuple, list], what: str, *widths: str) -> list[dict]:
    """Means over the repeats."""
    heads = ('conformal %', 'gaussian %', *widths)
    return [
        {
            'level %': level,
            what: name,
            **dict(zip(heads, map(float, np.mean(values, axis=0)), strict=True)),
            'SD of a set %': float(np.std(values, axis=0)[0]),
        }
        for (level, name), values in rows.items()
    ]


if __name__ == '__main__':
    main(*sys.argv[1:])
