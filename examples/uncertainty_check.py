"""Compare the uncertainty of every measurement with Monte Carlo simulation.

    mmlandmark predict --img radiographs --mm-per-px 0.1 --results points.jsonl
    python examples/uncertainty_check.py points.jsonl

The expected errors of the points are those that the detector gave.
"""

import sys

import numpy as np

from mmlandmark.cephalometry.monte_carlo import monte_carlo_rows
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.studies.label_set import read_label_set

HEADS = 100


def main(path: str) -> None:
    heads = read_label_set(path)
    ids = [one for one in heads.points if one in heads.expected_errors][:HEADS]
    rows = monte_carlo_rows(
        heads.array(ids),
        heads.names,
        np.stack([heads.expected_errors[one] for one in ids]),
        heads.spacings.get(ids[0]),
    )
    print_rows('Propagated against simulated SD, difference in percent', rows)


if __name__ == '__main__':
    main(sys.argv[1])
