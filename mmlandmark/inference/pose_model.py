"""A model of MMPose, from a config and a checkpoint."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
import copy
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.apis import init_model

from ..engine.config import find_checkpoint, load_config
from ..engine.model_zoo import card_digest
from ..evaluation.calibration_file import find_calibration
from ..models.checkpoints.weights import load_weights
from ..schemes.from_config import scheme_of
from ..utils.checksum import sha256
from .backends.stage_network import (
    checked_device,
    move_to,
    one_torch_thread,
    use_backend,
)
from .model import Found, recipe_of


class PoseModel:
    """A :class:`~.found.Model` that prepares and reads by MMPose's own code.

    Args:
        name_or_config: As :class:`~.detector.LandmarkDetector` takes it.
        checkpoint: Its weights; by default the best of the config's own training.
        device: Such as ``'cpu'``; by default a GPU where there is one.
        backend: ``'torch'``, or what runs the networks in its place.

    Raises:
        InputError: See :class:`~.detector.LandmarkDetector`.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
        backend: str = 'torch',
    ):
        self.device = checked_device(backend, device)
        config = name_or_config
        if not isinstance(config, Config):
            config = load_config(config)
        self.scheme = scheme_of(config)
        self.checkpoint = str(checkpoint or find_checkpoint(config))
        self.calibration = find_calibration(self.checkpoint, self.scheme.points)
        self.finds_faces = config.get('find_boxes') == 'face'
        config = copy.deepcopy(config)
        # MMPose would look for the names in the dataset's class; ours come from the scheme
        config.train_dataloader.dataset.metainfo = self.scheme.metainfo()
        # without options MMPose looks for a backbone, which a model of two stages hides
        self.model = init_model(config, None, 'cpu', cfg_options={})
        self.input_side = max(_input_size(config))
        load_weights(self.model, self.checkpoint, True, self.scheme.points)
        move_to(self.model, self.device)
        self.pipeline = Compose(config.test_dataloader.dataset.pipeline)
        self.source = dict(
            name=config.get('released') or Path(self.checkpoint).name,
            sha256=sha256(self.checkpoint),
        )
        if config.get('released') and checkpoint is None:
            self.recipe = card_digest(config.released)[:12]
        else:
            steps = config.test_dataloader.dataset.pipeline
            known = self.calibration and self.calibration.to_dict()
            self.recipe = recipe_of(
                config.model.to_dict(), steps, self.scheme.points, known
            )
        self.backend = backend
        if backend != 'torch':
            use_backend(self.model, backend, self.checkpoint)

    @torch.no_grad()
    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Found]:
        """What MMPose's ``inference_topdown`` does, with a pipeline that is built once."""
        score = np.ones(1, np.float32)
        meta = self.model.dataset_meta
        data = [
            self.pipeline(dict(img=bgr, bbox=box[None], bbox_score=score, **meta))
            for bgr, box in tasks
        ]
        with nullcontext() if self.backend == 'torch' else one_torch_thread():
            return [_found(r) for r in self.model.test_step(pseudo_collate(data))]


def _input_size(config: Config) -> tuple[int, int]:
    """Of the network: what the test pipeline crops to, else what the config says."""
    steps = config.test_dataloader.dataset.pipeline
    sizes = [s['input_size'] for s in steps if s['type'] == 'TopdownAffine']
    return sizes[0] if sizes else config.input_size


def _found(result) -> Found:
    instances = result.pred_instances
    depths = instances.get('keypoint_depths')
    spreads = instances.get('keypoint_spreads')
    return Found(
        points=np.asarray(instances.keypoints[0], float),
        scores=np.asarray(instances.keypoint_scores[0], float),
        pixel=float(result.input_scale[0] / result.input_size[0]),
        spreads=None if spreads is None else np.asarray(spreads[0], float),
        depths=None if depths is None else np.asarray(depths[0], float),
    )
