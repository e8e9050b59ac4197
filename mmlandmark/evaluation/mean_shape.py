"""Mean shape baseline: predict the mean shape of the training images."""

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
    """Errors of the mean shape baseline on the images of a test.

    The mean shape is scaled to the box of each image: the box of the face, or the whole
    image.

    Args:
        config: Its training and test datasets are read, with their own kinds of boxes.
        measured: Result of the test, for the same images in the same order.

    Raises:
        InputError: Two images of the test have the same id.
    """
    train = _points(config.train_dataloader.dataset)
    test = _points(config.test_dataloader.dataset)
    place = {identity: i for i, identity in enumerate(test['ids'])}
    if len(place) < len(test['ids']):
        raise InputError('the mean shape needs images with different ids')
    order = [place[identity] for identity in measured.ids]
    corners = test['corners'][order, None]
    predicted = corners + mean_shape_prediction(
        train['points'] - train['corners'][:, None],
        train['sizes'],
        test['sizes'][order],
    )
    spacings = [test['spacings'][i] for i in order]
    return measured.with_predictions(predicted, test['points'][order], spacings)


def _points(dataset: dict) -> dict:
    """Ids, points, spacings, and the upper left corners and sizes of the boxes."""
    data = DATASETS.build({**dataset, 'pipeline': []})
    infos = [data.get_data_info(i) for i in range(len(data))]
    points = np.concatenate([info['keypoints'] for info in infos]).astype(float)
    visible = np.concatenate([info['keypoints_visible'] for info in infos]) > 0
    boxes = np.concatenate([info['bbox'] for info in infos]).astype(float)
    return dict(
        ids=[str(info.get('sample_id', info['id'])) for info in infos],
        points=np.where(visible[..., None], points, np.nan),
        corners=boxes[:, :2],
        # the lower right corner of a box is its last pixel
        sizes=boxes[:, 2:] - boxes[:, :2] + 1,
        spacings=[info.get('spacing') for info in infos],
    )
