"""The registered metric of face parts."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.registry import METRICS

from ...errors import InputError
from .functional import confusion_matrix, squared_error
from .result import PartErrors


@METRICS.register_module()
class PartOverlap(BaseMetric):
    """IoU, F1, accuracy and RMSE of face parts over the whole test set.

    Keys: ``parts/mIoU``, ``parts/mIoU_parts`` (without the background),
    ``parts/mF1_parts``, ``parts/accuracy``, all in percent, and ``parts/RMSE``; see
    :func:`mmlandmark.evaluation.face_parts.functional.part_metrics`.

    Args:
        grid: ``(width, height)`` of the grid to evaluate on; papers often use the size of
            their network's input. Labels are resampled by nearest neighbour, probabilities
            are averaged. By default the pixels of the original photograph.
        **kwargs: See MMEngine's ``BaseMetric``.

    Raises:
        InputError: The grid is not two positive integers.
    """

    default_prefix = 'parts'

    #: Result of the last evaluation, on the main process.
    errors: PartErrors | None = None
    #: Region of the photographs that the network saw, set by ``measure``.
    boxes: str | None = None
    #: Arguments of the methods of ``errors``: none.
    settings: tuple = ()

    def __init__(self, grid: Sequence[int] | None = None, **kwargs):
        super().__init__(**kwargs)
        good = grid is None or (len(grid) == 2 and all(int(n) == n > 0 for n in grid))
        if not good:
            raise InputError(f'a grid is (width, height) in pixels, not {grid}')
        self.grid = None if grid is None else (int(grid[0]), int(grid[1]))

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Append one entry per photograph."""
        for sample in data_samples:
            logits = sample['seg_logits']['data'].float()
            truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
            probabilities = torch.softmax(logits, dim=0).cpu().numpy()
            self.results.append(
                image_result(str(sample['sample_id']), truth, probabilities, self.grid)
            )

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics on the main process from the samples of all processes."""
        self.errors = part_errors(results, self.dataset_meta['classes'], self.grid)
        return self.errors.metrics()


def image_result(
    name: str,
    truth: np.ndarray,
    probabilities: np.ndarray,
    grid: tuple[int, int] | None = None,
) -> dict:
    """Confusion matrix and squared error of one photograph.

    Args:
        name: Sample id.
        truth: ``(H, W)`` labels.
        probabilities: ``(C, H, W)``, with sum 1 over C.
        grid: See :class:`PartOverlap`.

    Returns:
        ``id``, ``confusion`` ``(C, C)`` and ``squared``.
    """
    truth = np.asarray(truth, np.uint8)
    if grid is not None:
        truth = cv2.resize(truth, grid, interpolation=cv2.INTER_NEAREST)
        probabilities = np.stack(
            [cv2.resize(p, grid, interpolation=cv2.INTER_AREA) for p in probabilities]
        )
    parts = len(probabilities)
    return dict(
        id=name,
        confusion=confusion_matrix(truth, probabilities.argmax(axis=0), parts),
        squared=squared_error(truth, probabilities),
    )


def part_errors(
    results: list[dict], names: Sequence[str], grid: tuple[int, int] | None = None
) -> PartErrors:
    """The result of a test set from the dicts of :func:`image_result`."""
    return PartErrors(
        ids=[r['id'] for r in results],
        names=list(names),
        confusion=np.stack([r['confusion'] for r in results]),
        squared=np.array([r['squared'] for r in results]),
        grid='original pixels' if grid is None else f'{grid[0]}x{grid[1]} pixels',
    )
