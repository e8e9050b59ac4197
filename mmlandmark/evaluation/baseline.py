"""The floor every model must beat: predicting the mean training shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS

from .functional import mean_shape_prediction, radial_errors
from .radial import RadialErrors


def mean_shape_errors(config: Config, measured: RadialErrors) -> RadialErrors:
    """What predicting the mean training shape gives on the images of a test.

    Args:
        config: Its train and test datasets are read.
        measured: The test's errors: the same images are measured, in the same order.
    """
    train = _points(config.train_dataloader.dataset)
    test = _points(config.test_dataloader.dataset)
    place = {identity: i for i, identity in enumerate(test['ids'])}
    order = [place[identity] for identity in measured.ids]
    truth, sizes = test['points'][order], test['sizes'][order]
    predicted = mean_shape_prediction(train['points'], train['sizes'], sizes)
    spacing = None if measured.mm is None else np.array(test['spacings'])[order]
    return replace(
        measured,
        px=radial_errors(predicted, truth),
        mm=None if spacing is None else radial_errors(predicted, truth, spacing),
        predicted=predicted,
        annotators={},
        spreads=None,
        input_px=None,
    )


def _points(dataset: dict) -> dict:
    data = DATASETS.build({**dataset, 'box': 'image', 'pipeline': []})
    infos = [data.get_data_info(i) for i in range(len(data))]
    points = np.concatenate([info['keypoints'] for info in infos]).astype(float)
    visible = np.concatenate([info['keypoints_visible'] for info in infos]) > 0
    # the box is the whole image: its far corner is the last pixel
    sizes = np.array([info['bbox'][0, 2:] + 1 for info in infos])
    return dict(
        ids=[info['sample_id'] for info in infos],
        points=np.where(visible[..., None], points, np.nan),
        sizes=sizes,
        spacings=[info['spacing'] for info in infos],
    )
