"""FaceParser: predicts the face parts of images; importing it does not load torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..schemes.parts import PartScheme
from ..structures.part_mask import PartMask
from .load_model import load_parser

if TYPE_CHECKING:
    from mmengine.config import Config

#: Margins of a head around the tight box of its landmarks, in sides of that box; the hair
#: is above. Slightly larger than in FASSEG's frontal photographs.
HEAD = dict(left=0.25, right=0.25, above=0.75, below=0.15)


class FaceParser:
    """Predicts the face part of every pixel.

    Args:
        name_or_config: The name of a released parser, for which neither torch nor
            mmsegmentation needs to be installed; an exported ``.onnx`` file of face parts;
            a config of face parts, the work folder of a training run, the name of a config
            in ``configs/``, or a loaded config.
        checkpoint: Its weights; by default those of the config's own training run.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.
        backend: As :class:`~.detector.LandmarkDetector` takes it. Trainings are run by
            torch.

    Attributes:
        scheme: The parts.
        backend: The backend of the network.
        device: The device of the network.

    Raises:
        InputError: No such config or checkpoint, the two do not fit, the config is of
            landmarks, or a package that the backend needs is not installed.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
        backend: str = 'auto',
    ):
        self._model = load_parser(name_or_config, checkpoint, device, backend)
        self.scheme: PartScheme = self._model.scheme
        self.backend, self.device = self._model.backend, self._model.device

    def __getattr__(self, name: str) -> Any:
        # of a parser that torch runs: the network, its pipeline and its weights
        if name in ('model', 'pipeline', 'checkpoint', 'batch') and (
            '_model' in self.__dict__
        ):
            return getattr(self._model, name)
        raise AttributeError(f'FaceParser has no attribute {name!r}')

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
            return self._model.find(bgr)
        x1, y1, x2, y2 = head_box(points, bgr.shape)
        whole = np.zeros((len(self.scheme), *bgr.shape[:2]), np.float32)
        whole[0] = 1
        whole[:, y1:y2, x1:x2] = self._model.find(
            np.ascontiguousarray(bgr[y1:y2, x1:x2])
        )
        return whole


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
    """The most probable part of every pixel, from probabilities ``(C, H, W)``."""
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
        raise InputError('all landmarks are missing (NaN): the face cannot be cropped')
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    width, height = right - left, bottom - top
    x1 = max(0, round(left - HEAD['left'] * width))
    y1 = max(0, round(top - HEAD['above'] * height))
    x2 = min(shape[1], round(right + HEAD['right'] * width) + 1)
    y2 = min(shape[0], round(bottom + HEAD['below'] * height) + 1)
    if x2 - x1 < 2 or y2 - y1 < 2:
        raise InputError('the landmarks lie outside the image')
    return x1, y1, x2, y2
