"""FaceParser: predicts the face parts of images with a config and a checkpoint."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import MODELS, DefaultScope

from ..engine.config import find_checkpoint, load_config
from ..errors import InputError
from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..models.checkpoints.weights import load_weights
from ..schemes.parts import PartScheme, get_parts
from ..structures.part_mask import PartMask
from .backends.torch_device import default_device, move_to

#: Transforms that need ground-truth labels.
_OF_LABELS = ('LoadParts', 'Occlude')

#: Margins of a head around the tight box of its landmarks, in sides of that box; the hair
#: is above. Slightly larger than in FASSEG's frontal photographs.
HEAD = dict(left=0.25, right=0.25, above=0.75, below=0.15)


class FaceParser:
    """Predicts the face part of every pixel.

    Args:
        name_or_config: A config of face parts, the work folder of a training run, the
            name of a released parser or of a config in ``configs/``, or a loaded config.
        checkpoint: Its weights; by default those of the config's own training run.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.

    Raises:
        InputError: No such config or checkpoint, the two do not fit, the config is of
            landmarks, or mmsegmentation is not installed.
    """

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
        with DefaultScope.overwrite_default_scope('mmseg'):
            self.model = MODELS.build(config.model).eval()
            self.pipeline = Compose([s for s in steps if s['type'] not in _OF_LABELS])
        load_weights(self.model, self.checkpoint, True, self.scheme.parts)
        move_to(self.model, self.device)

    def __call__(self, image: ImageLike, points: np.ndarray | None = None) -> PartMask:
        """Find the parts.

        Args:
            image: A path, an array ``(H, W)`` gray or ``(H, W, 3)`` RGB, or a PIL image.
            points: ``(K, 2)`` landmarks of one face in pixels: the head around them is
                parsed, and all other pixels are background. By default the whole image.

        Raises:
            InputError: The image cannot be read, or no landmark lies in it.
        """
        return as_mask(self.probabilities(image, points), self.scheme)

    def probabilities(
        self, image: ImageLike, points: np.ndarray | None = None
    ) -> np.ndarray:
        """``(C, H, W)`` float32 that sum to 1 over C; see :meth:`__call__`."""
        bgr = as_bgr(load_image(image).pixels)
        if points is None:
            return self._find(bgr)
        x1, y1, x2, y2 = head_box(points, bgr.shape)
        whole = np.zeros((len(self.scheme), *bgr.shape[:2]), np.float32)
        whole[0] = 1
        whole[:, y1:y2, x1:x2] = self._find(np.ascontiguousarray(bgr[y1:y2, x1:x2]))
        return whole

    def batch(self, bgr: np.ndarray) -> dict:
        """The input of the model's ``test_step`` for an image ``(H, W, 3)`` BGR."""
        given = dict(img=bgr, sample_id='', parts=self.scheme.name)
        return pseudo_collate([self.pipeline(given)])

    @torch.no_grad()
    def _find(self, bgr: np.ndarray) -> np.ndarray:
        (result,) = self.model.test_step(self.batch(bgr))
        logits = result.seg_logits.data.float()
        return torch.softmax(logits, dim=0).cpu().numpy()


class PartEnsemble:
    """Several parsers of the same parts as one: the mean of their probabilities.

    Raises:
        InputError: There is no parser, or their parts differ.
    """

    def __init__(self, parsers: Sequence[FaceParser]):
        if not all(hasattr(parser, 'scheme') for parser in parsers):
            raise InputError('an ensemble needs FaceParser objects')
        names = {parser.scheme.name for parser in parsers}
        if len(names) != 1:
            raise InputError(
                f'an ensemble needs parsers of the same parts, not of {sorted(names)}'
            )
        self.parsers = list(parsers)
        self.scheme = self.parsers[0].scheme

    def __call__(self, image: ImageLike, points: np.ndarray | None = None) -> PartMask:
        """See :meth:`FaceParser.__call__`."""
        return as_mask(self.probabilities(image, points), self.scheme)

    def probabilities(
        self, image: ImageLike, points: np.ndarray | None = None
    ) -> np.ndarray:
        """``(C, H, W)``, the mean of the probabilities of the parsers."""
        found = (parser.probabilities(image, points) for parser in self.parsers)
        total = next(found).copy()
        for probabilities in found:
            total += probabilities
        return total / len(self.parsers)


def as_mask(probabilities: np.ndarray, scheme: PartScheme) -> PartMask:
    """The most probable part of every pixel of ``(C, H, W)``."""
    labels = probabilities.argmax(axis=0).astype(np.uint8)
    return PartMask(labels, scheme.parts, scheme)


def head_box(points: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The box of the head around the landmarks of a face, clipped to the image.

    Args:
        points: ``(K, 2)`` x, y in pixels; NaN is left out.
        shape: ``(H, W, ...)`` of the image.

    Returns:
        ``(x1, y1, x2, y2)``, the last column and row not included.

    Raises:
        InputError: The points are not ``(K, 2)``, all are NaN, or none is in the image.
    """
    try:
        points = np.asarray(points, float)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError('the landmarks of a face must be (K, 2) numbers, x and y')
    points = points[np.isfinite(points).all(axis=-1)]
    if not len(points):
        raise InputError('no landmark to crop a face by')
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    width, height = right - left, bottom - top
    x1 = max(0, round(left - HEAD['left'] * width))
    y1 = max(0, round(top - HEAD['above'] * height))
    x2 = min(shape[1], round(right + HEAD['right'] * width) + 1)
    y2 = min(shape[0], round(bottom + HEAD['below'] * height) + 1)
    if x2 - x1 < 2 or y2 - y1 < 2:
        raise InputError('the landmarks lie outside the image')
    return x1, y1, x2, y2
