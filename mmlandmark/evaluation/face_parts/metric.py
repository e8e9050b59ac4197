"""The registered metric of face parts: gathers, lets the functions compute."""

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
        grid: ``(width, height)`` to score on, as papers do at their network's size: true
            labels are taken there by nearest neighbour, probabilities averaged. By
            default the pixels of the original photograph.
        **kwargs: As for MMEngine's ``BaseMetric``.

    Raises:
        InputError: The grid is not two positive whole numbers.
    """

    default_prefix = 'parts'

    #: What the last evaluation measured, on the main process.
    errors: PartErrors | None = None
    #: What of the photographs the network saw, once ``measure`` has run.
    boxes: str | None = None
    #: What the methods of ``errors`` are to be called with.
    settings: tuple = ()

    def __init__(self, grid: Sequence[int] | None = None, **kwargs):
        super().__init__(**kwargs)
        good = grid is None or (len(grid) == 2 and all(int(n) == n > 0 for n in grid))
        if not good:
            raise InputError(f'a grid is (width, height) in pixels, not {grid}')
        self.grid = None if grid is None else (int(grid[0]), int(grid[1]))

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Append one entry a photograph."""
        for sample in data_samples:
            logits = sample['seg_logits']['data'].float()
            truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
            chances = torch.softmax(logits, dim=0).cpu().numpy()
            self.results.append(
                measured(str(sample['sample_id']), truth, chances, self.grid)
            )

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Runs on the main process, over the samples of all."""
        self.errors = part_errors(results, self.dataset_meta['classes'], self.grid)
        return self.errors.metrics()


def measured(
    name: str,
    truth: np.ndarray,
    probabilities: np.ndarray,
    grid: tuple[int, int] | None = None,
) -> dict:
    """What is kept of one photograph.

    Args:
        name: Its id.
        truth: ``(H, W)`` labels.
        probabilities: ``(C, H, W)``.
        grid: See :class:`PartOverlap`.
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
    """What :func:`measured` kept of a test set."""
    return PartErrors(
        ids=[r['id'] for r in results],
        names=list(names),
        confusion=np.stack([r['confusion'] for r in results]),
        squared=np.array([r['squared'] for r in results]),
        grid='original pixels' if grid is None else f'{grid[0]}x{grid[1]} pixels',
    )
