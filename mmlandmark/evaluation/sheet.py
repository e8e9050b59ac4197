"""A contact sheet of predicted and true points, sorted by error."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS

from ..schemes import Scheme
from ..visualization.overlay import contact_sheet, draw_points
from .result import EvaluationResult

#: Margin around the box, as a fraction of its sides.
MARGIN = 0.25


def error_sheet(
    config: Config, measured: EvaluationResult, count: int = 12
) -> np.ndarray:
    """Draw predicted points in green and true points in red.

    The images are evenly spaced in the ranking by mean error relative to the box.

    Args:
        config: Its test dataset is read.
        measured: Result of the test.
        count: Number of images; fewer if the test has fewer.

    Returns:
        ``(H, W, 3)`` BGR uint8, row by row from the smallest error to the largest.
    """
    load = [dict(type='LoadLandmarkImage')]
    data = DATASETS.build({**config.test_dataloader.dataset, 'pipeline': load})
    infos = {
        str(info['sample_id']): info
        for info in map(data.get_data_info, range(len(data)))
    }
    boxes = np.concatenate([infos[identity]['bbox'] for identity in measured.ids])
    errors = np.nanmean(measured.px, axis=1) / (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    order = np.argsort(errors)  # NaN last
    order = order[: np.isfinite(errors).sum()]
    steps = np.linspace(0, len(order) - 1, min(count, len(order)))
    return contact_sheet(
        [
            _picture(
                data.pipeline(infos[measured.ids[i]]),
                measured.predicted[i],
                data.scheme,
            )
            for i in order[steps.round().astype(int)]
        ],
        side=400,
    )


def _picture(item: dict, predicted: np.ndarray, scheme: Scheme) -> np.ndarray:
    x1, y1, x2, y2 = item['bbox'][0]
    x, y = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
    left, top = int(max(x1 - x, 0)), int(max(y1 - y, 0))
    image = item['img'][top : int(y2 + y) + 1, left : int(x2 + x) + 1, :3]
    truth = item['keypoints'][0].astype(float)
    truth[item['keypoints_visible'][0] == 0] = np.nan
    return draw_points(
        np.ascontiguousarray(image),
        predicted - (left, top),
        skeleton=scheme.skeleton,
        truth=truth - (left, top),
        min_side=400,
    )
