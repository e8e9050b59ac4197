"""The floor every model must beat: predicting the mean training shape."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from typing import TypeVar

import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS

from ..errors import InputError
from .functional import mean_shape_prediction
from .result import EvaluationResult

Errors = TypeVar('Errors', bound=EvaluationResult)


def mean_shape_errors(config: Config, measured: Errors) -> Errors:
    """What predicting the mean training shape gives on the images of a test.

    The shape is laid into each image's box: the whole image, or where a face is looked
    for.

    Args:
        config: Its train and test datasets are read, with the boxes each one says.
        measured: The test's errors: the same images are measured, in the same order.

    Raises:
        InputError: Two images of the test have the same id.
    """
    train = _points(config.train_dataloader.dataset)
    test = _points(config.test_dataloader.dataset)
    place = {identity: i for i, identity in enumerate(test['ids'])}
    if len(place) < len(test['ids']):
        raise InputError('the mean shape needs images with ids of their own')
    order = [place[identity] for identity in measured.ids]
    corners = test['corners'][order, None]
    predicted = corners + mean_shape_prediction(
        train['points'] - train['corners'][:, None],
        train['sizes'],
        test['sizes'][order],
    )
    spacings = [test['spacings'][i] for i in order]
    return measured.of(predicted, test['points'][order], spacings)


def _points(dataset: dict) -> dict:
    """Ids, points, spacings, and the boxes' upper left corners and sizes."""
    data = DATASETS.build({**dataset, 'pipeline': []})
    infos = [data.get_data_info(i) for i in range(len(data))]
    points = np.concatenate([info['keypoints'] for info in infos]).astype(float)
    visible = np.concatenate([info['keypoints_visible'] for info in infos]) > 0
    boxes = np.concatenate([info['bbox'] for info in infos]).astype(float)
    return dict(
        ids=[str(info.get('sample_id', info['id'])) for info in infos],
        points=np.where(visible[..., None], points, np.nan),
        corners=boxes[:, :2],
        # a box's far corner is its last pixel
        sizes=boxes[:, 2:] - boxes[:, :2] + 1,
        spacings=[info.get('spacing') for info in infos],
    )
