"""The definition of a trained model, read before its network is built."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mmengine.config import Config

from ..engine.config import find_checkpoint, load_config
from ..engine.model_zoo import card_digest
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..evaluation.calibration_file import find_calibration
from ..schemes import Scheme
from ..utils.checksum import sha256
from ..version import __version__
from .model import recipe_of
from .stock import model_scheme


@dataclass(frozen=True)
class ModelSpec:
    """A config, the checkpoint of its weights, their scheme and their calibration.

    Attributes:
        config: The config of the model and of its test pipeline.
        checkpoint: The path of the weights.
        scheme, calibration, finds_faces, source, recipe: See :class:`~.model.Model`.
    """

    config: Config
    checkpoint: str
    scheme: Scheme
    calibration: Calibration | None
    finds_faces: bool
    source: dict[str, str]
    recipe: str

    @classmethod
    def load(
        cls, name_or_config: str | Path | Config, checkpoint: str | Path | None = None
    ) -> ModelSpec:
        """Read a config and find its checkpoint.

        Args:
            name_or_config: As :class:`~.detector.LandmarkDetector` takes it.
            checkpoint: Its weights; by default the best of the config's own training.

        Raises:
            InputError: There is no such config or checkpoint.
        """
        config = name_or_config
        if not isinstance(config, Config):
            config = load_config(config)
        scheme = model_scheme(config)
        weights = str(checkpoint or find_checkpoint(config))
        if not Path(weights).is_file():
            raise InputError(f'no checkpoint at {weights}')
        calibration = find_calibration(weights, scheme.points)
        released = config.get('released')
        if released and checkpoint is None:
            recipe = card_digest(released)[:12]
        else:
            recipe = recipe_of(
                config.model.to_dict(),
                config.test_dataloader.dataset.pipeline,
                scheme.points,
                calibration and calibration.to_dict(),
            )
        return cls(
            config=config,
            checkpoint=weights,
            scheme=scheme,
            calibration=calibration,
            finds_faces=config.get('find_boxes') == 'face',
            source=dict(name=released or Path(weights).name, sha256=sha256(weights)),
            recipe=recipe,
        )

    def cache_key(self) -> str:
        """The checksum of all that an exported file of this model depends on.

        That is the weights, the model and the test pipeline of the config, the scheme, the
        calibration and the version of the package.
        """
        values = (
            self.source['sha256'],
            self.config.model.to_dict(),
            self.config.test_dataloader.dataset.pipeline,
            asdict(self.scheme),
            self.calibration and self.calibration.to_dict(),
            self.finds_faces,
            __version__,
        )
        text = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
