"""Compare networks of face parts: their ensemble, and a picture of their predictions."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import DATASETS, DefaultScope

from ..evaluation.face_parts.metric import image_result, part_errors
from ..evaluation.face_parts.result import PartErrors
from ..inference import FaceParser, PartEnsemble
from ..visualization.parts import draw_parts, part_rows_picture
from .comparison import Run

ENSEMBLE = 'mean of all'


def parser_step(work_dir: str, checkpoint: str) -> Callable[[], object]:
    """A step from an input of noise to parts on the CPU, for :func:`~.runner.measure`."""
    parser = FaceParser(work_dir, checkpoint, 'cpu')
    steps = parser.pipeline.transforms
    width, height = next(step.scale for step in steps if hasattr(step, 'scale'))
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    batch = parser.batch(noise)
    return torch.no_grad()(lambda: parser.model.test_step(batch))


def parsers_of(runs: Sequence[Run]) -> list[FaceParser]:
    """The tested networks of the runs, on the CPU."""
    return [FaceParser(r.config.work_dir, r.result['checkpoint'], 'cpu') for r in runs]


def ensemble_row(runs: Sequence[Run], rows: Sequence[dict]) -> dict:
    """The row of the table for the mean of the networks' probabilities.

    Args:
        runs: Runs on the same test photographs and parts.
        rows: Rows of the runs.
    """
    errors = measure_ensemble(runs, PartEnsemble(parsers_of(runs)))
    summed = {key: sum(row[key] for row in rows) for key in ('parameters', 'ms', 'MB')}
    return {
        'config': ENSEMBLE,
        **summed,
        'epochs': sum(row['epochs'] for row in rows),
        'checkpoint': 'of each',
        **errors.metrics(),
    }


def gain(rows: Sequence[dict], mean: dict) -> str:
    """The gain in mIoU of the ensemble over the best run, as text."""
    best = max(rows, key=lambda row: row['mIoU'])
    return f'{ENSEMBLE}: {mean["mIoU"] - best["mIoU"]:+.2f} mIoU over {best["config"]}'


def measure_ensemble(runs: Sequence[Run], ensemble: PartEnsemble) -> PartErrors:
    """Test the ensemble on the photographs and grid of the first run."""
    metric = runs[0].config.test_evaluator
    grid = metric.get('grid')
    results = [
        image_result(
            item['sample_id'],
            item['gt_seg_map'],
            ensemble.probabilities(item['img'][..., ::-1]),
            None if grid is None else (grid[0], grid[1]),
        )
        for item in _items(runs[0])
    ]
    return part_errors(results, ensemble.scheme.parts, grid)


def row_picture(runs: Sequence[Run], count: int = 5) -> np.ndarray:
    """Draw test photographs, evenly spaced by name, with true and predicted parts.

    Returns:
        ``(H, W, 3)`` BGR uint8.
    """
    parsers = parsers_of(runs)
    scheme = parsers[0].scheme
    items = list(_items(runs[0], count))
    rows = [
        [
            item['img'],
            draw_parts(item['img'], item['gt_seg_map'], scheme),
            *(
                draw_parts(item['img'], parser(item['img'][..., ::-1]).labels, scheme)
                for parser in parsers
            ),
        ]
        for item in items
    ]
    return part_rows_picture(rows, ['photograph', 'truth', *(run.name for run in runs)])


def _items(run: Run, count: int | None = None) -> Iterator[dict]:
    """Test photographs with their labels: all, or ``count`` evenly spaced ones."""
    load = [dict(type='mmpose.LoadLandmarkImage'), dict(type='LoadParts')]
    settings = {**run.config.test_dataloader.dataset, 'pipeline': load}
    with DefaultScope.overwrite_default_scope('mmseg'):
        data = DATASETS.build(settings)
    order = sorted(range(len(data)), key=lambda i: data.get_data_info(i)['sample_id'])
    if count is not None:
        steps = np.linspace(0, len(order) - 1, min(count, len(order)))
        order = [order[i] for i in steps.round().astype(int)]
    return (data[i] for i in order)


def is_of_parts(runs: Sequence[Run]) -> bool:
    """Whether all runs predict the same face parts."""
    return len({run.config.get('parts') for run in runs} | {None}) == 2 and all(
        'parts' in run.config for run in runs
    )


def picture_path(out: Path) -> Path:
    """Path of the picture of a comparison."""
    return out / 'comparison_parts.png'
