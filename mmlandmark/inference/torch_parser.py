"""A network of face parts that torch runs, from a config and a checkpoint."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import MODELS, DefaultScope

from ..engine.config import find_checkpoint, load_config
from ..errors import InputError
from ..models.checkpoints.weights import load_weights
from ..schemes.parts import PartScheme, get_parts
from ..utils.checksum import sha256
from .backends.torch_device import default_device, move_to

#: Steps of a pipeline that need annotations.
_OF_LABELS = ('LoadParts', 'Occlude')


class TorchParser:
    """Predicts face parts with mmsegmentation's own pipeline and postprocessing.

    Args:
        name_or_config, checkpoint, device: See :class:`~.parser.FaceParser`.

    Raises:
        InputError: See :class:`~.parser.FaceParser`.
    """

    backend = 'torch'

    def __init__(
        self,
        name_or_config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
    ):
        self.device = default_device(device)
        config = name_or_config
        if not isinstance(config, Config):
            config = load_config(config)
        if 'parts' not in config:
            raise InputError(
                'this config predicts landmarks, not face parts: use LandmarkDetector'
            )
        self.scheme: PartScheme = get_parts(config.parts)
        self.checkpoint = str(checkpoint or find_checkpoint(config))
        steps = config.test_dataloader.dataset.pipeline
        self.steps = [s for s in steps if s['type'] not in _OF_LABELS]
        with DefaultScope.overwrite_default_scope('mmseg'):
            self.model = MODELS.build(config.model).eval()
            self.pipeline = Compose(self.steps)
        load_weights(self.model, self.checkpoint, True, self.scheme.parts)
        move_to(self.model, self.device)
        name = Path(self.checkpoint).name
        self.source = dict(name=name, sha256=sha256(self.checkpoint))

    def batch(self, bgr: np.ndarray) -> dict:
        """The argument of the model's ``test_step`` for an image ``(H, W, 3)`` BGR."""
        given = dict(img=bgr, sample_id='', parts=self.scheme.name)
        return pseudo_collate([self.pipeline(given)])

    @torch.no_grad()
    def find(self, bgr: np.ndarray) -> np.ndarray:
        """``(C, H, W)`` float32 that sum to 1 over C, of an image ``(H, W, 3)`` BGR."""
        (result,) = self.model.test_step(self.batch(bgr))
        logits = result.seg_logits.data.float()
        return torch.softmax(logits, dim=0).cpu().numpy()
