"""A model of MMPose, from a config and a checkpoint."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.apis import init_model

from ..models import DepthEstimator, FaceDepthEstimator
from ..models.checkpoints.weights import load_weights
from ..structures.prediction import Prediction
from .backends.torch_device import default_device, move_to
from .model import prediction_of
from .model_spec import ModelSpec


class PoseModel:
    """A :class:`~.model.Model` run by torch, with MMPose's own pipeline and decoders.

    Args:
        name_or_config: As :class:`~.detector.LandmarkDetector` takes it, or a
            :class:`~.model_spec.ModelSpec`.
        checkpoint: Its weights; by default the best of the config's own training.
        device: Such as ``'cpu'``; by default a GPU if there is one.

    Raises:
        InputError: See :class:`~.detector.LandmarkDetector`.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config | ModelSpec,
        checkpoint: str | Path | None = None,
        device: str | None = None,
    ):
        self.device, self.backend = default_device(device), 'torch'
        spec = name_or_config
        if not isinstance(spec, ModelSpec):
            spec = ModelSpec.load(spec, checkpoint)
        self.scheme, self.calibration = spec.scheme, spec.calibration
        self.finds_faces, self.checkpoint = spec.finds_faces, spec.checkpoint
        self.source, self.recipe = spec.source, spec.recipe
        config = copy.deepcopy(spec.config)
        # MMPose reads the names from the dataset's class; here they come from the scheme
        config.train_dataloader.dataset.metainfo = self.scheme.metainfo()
        # without cfg_options MMPose reads model.backbone, which a two-stage model lacks
        self.model = init_model(config, None, 'cpu', cfg_options={})
        self.input_side = max(_input_size(config))
        self.has_depth = isinstance(self.model, (FaceDepthEstimator, DepthEstimator))
        load_weights(self.model, self.checkpoint, True, self.scheme.points)
        move_to(self.model, self.device)
        self.pipeline = Compose(config.test_dataloader.dataset.pipeline)

    @torch.no_grad()
    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Prediction]:
        """Like MMPose's ``inference_topdown``, with a pipeline that is built only once."""
        score = np.ones(1, np.float32)
        meta = self.model.dataset_meta
        data = [
            self.pipeline(dict(img=bgr, bbox=box[None], bbox_score=score, **meta))
            for bgr, box in tasks
        ]
        results = self.model.test_step(pseudo_collate(data))
        return [
            self._prediction(result, box)
            for result, (_, box) in zip(results, tasks, strict=True)
        ]

    def _prediction(self, result, box: np.ndarray) -> Prediction:
        instances = result.pred_instances
        depths = instances.get('keypoint_depths')
        heatmap_errors = instances.get('keypoint_heatmap_errors')
        return prediction_of(
            self,
            box,
            points=np.asarray(instances.keypoints[0], float),
            scores=np.asarray(instances.keypoint_scores[0], float),
            pixel=float(result.input_scale[0] / result.input_size[0]),
            heatmap_errors=None
            if heatmap_errors is None
            else np.asarray(heatmap_errors[0], float),
            depths=None if depths is None else np.asarray(depths[0], float),
        )


def _input_size(config: Config) -> tuple[int, int]:
    """The input size of the network, from the test pipeline or the config."""
    steps = config.test_dataloader.dataset.pipeline
    sizes = [s['input_size'] for s in steps if s['type'] == 'TopdownAffine']
    return sizes[0] if sizes else config.input_size
