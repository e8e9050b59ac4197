"""Measure how well expected errors rank the points, and what limits the ranking.

    mmlandmark predict --img radiographs --mm-per-px 0.1 --results points.jsonl
    python examples/expected_error_limits.py points.jsonl isbi2015 test1

The rows after the first use the true errors of the tested images. They are not results of
the detector, but show how much a better calibration could gain.
"""

import sys

import numpy as np

from mmlandmark.evaluation import reliability
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.studies.agreement import align
from mmlandmark.studies.label_set import read_label_set

REPEATS, CALIBRATION, PRIOR = 200, 30, 10


def main(predictions: str, labels: str, split: str | None = None) -> None:
    found = read_label_set(predictions)
    series = align([found, read_label_set(labels, split=split)])
    places = [found.names.index(name) for name in series.names]
    expected = np.stack([found.expected_errors[one][places] for one in series.ids])
    offsets = np.diff(series.points, axis=0)[0]
    if series.spacing is not None:
        scale = series.spacing.mean(axis=1)[:, None]
        expected, offsets = expected * scale, offsets * scale[..., None]
    errors = np.linalg.norm(offsets, axis=-1)
    unbiased = np.linalg.norm(offsets - np.nanmean(offsets, axis=0), axis=-1)
    means = np.nanmean(errors, axis=0)
    own = np.nanmean(errors, axis=0) / expected.mean(axis=0)
    rows = [
        row('expected errors as released', expected, errors),
        row('the same, bias of each landmark removed', expected, unbiased),
        row(
            'true mean error of each landmark', np.tile(means, (len(errors), 1)), errors
        ),
        row(
            'expected errors times true factor of each landmark', expected * own, errors
        ),
        recalibrated(expected, errors),
    ]
    print_rows(f'{len(errors)} images, in {series.unit}', rows)
    within = [
        reliability.rank_correlation(expected[:, k], errors[:, k])
        for k in range(expected.shape[1])
    ]
    print(f'mean rank correlation within a landmark: {np.mean(within):.2f}')


def row(name: str, expected: np.ndarray, errors: np.ndarray) -> dict:
    """Rank correlation, and the differences of the tenths of the points."""
    bins = reliability.reliability_curve(expected, errors)
    return {
        'expected by': name,
        'rank correlation': reliability.rank_correlation(expected, errors),
        'mean difference': reliability.miscalibration(bins),
        'largest': max(abs(one['expected'] - one['observed']) for one in bins),
        'first tenth, expected': bins[0]['expected'],
        'observed': bins[0]['observed'],
    }


def recalibrated(expected: np.ndarray, errors: np.ndarray) -> dict:
    """The mean row of factors that are fitted on random images, for the other images."""
    rng = np.random.default_rng(0)
    name = f'factors of {CALIBRATION} of these images'
    rows = []
    for _ in range(REPEATS):
        order = rng.permutation(len(errors))
        fit, rest = order[:CALIBRATION], order[CALIBRATION:]
        ratios = errors[fit] / expected[fit]
        everywhere = np.nanmean(ratios)
        # shrunk towards the common factor, as if by 10 more images
        known = np.isfinite(ratios).sum(axis=0)
        factors = np.nansum(ratios, axis=0) + PRIOR * everywhere
        rows.append(row(name, expected[rest] * factors / (known + PRIOR), errors[rest]))
    keys = [key for key in rows[0] if key != 'expected by']
    return {'expected by': name} | {
        key: float(np.mean([one[key] for one in rows])) for key in keys
    }


if __name__ == '__main__':
    main(*sys.argv[1:])
