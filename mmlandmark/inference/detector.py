"""LandmarkDetector: a config and a checkpoint, then images to points."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmpose.apis import inference_topdown, init_model

from ..checkpoint import load_weights
from ..config import find_checkpoint, load_config
from ..errors import InputError
from ..readers.image import as_bgr, read_bgr, to_8_bit
from ..schemes import get_scheme
from .prediction import Prediction


class LandmarkDetector:
    """Finds landmarks in images.

    Args:
        name_or_config: A config file, the work folder of a training run, the name of a
            config in ``configs/`` (``'ceph_hrnetv2'``), or a loaded config.
        checkpoint: Its weights; by default the best of the config's own training run.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.

    Raises:
        InputError: No such config or checkpoint, or the two do not fit.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
    ):
        config = name_or_config
        if not isinstance(config, Config):
            config = load_config(config)
        self.checkpoint = str(checkpoint or find_checkpoint(config))
        self.scheme = get_scheme(config.scheme)
        self.device = device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
        config = copy.deepcopy(config)
        # MMPose would look for the names in the dataset's class; ours come from the scheme
        config.train_dataloader.dataset.metainfo = self.scheme.metainfo()
        # without options MMPose looks for a backbone, which a model of two stages hides
        self.model = init_model(config, None, 'cpu', cfg_options={})
        load_weights(self.model, self.checkpoint, True, self.scheme.points)
        try:
            self.model.to(self.device, memory_format=torch.channels_last)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f'device {self.device!r} cannot be used: {reason}'
            ) from None

    def __call__(
        self,
        image: str | Path | np.ndarray,
        boxes: Sequence | np.ndarray | None = None,
        spacing: tuple[float, float] | None = None,
    ) -> list[Prediction]:
        """Find the points in each box of an image.

        Args:
            image: A path, or an array: ``(H, W)`` gray or ``(H, W, 3)`` RGB.
            boxes: ``(N, 4)`` boxes ``x1, y1, x2, y2`` in pixels; by default the whole
                image is the one box.
            spacing: mm per pixel as ``(sy, sx)``, handed on to the predictions.

        Returns:
            One prediction a box, none for no boxes.

        Raises:
            InputError: The image cannot be read, or the boxes are no ``(N, 4)``.
        """
        bgr = _to_bgr(image)
        height, width = bgr.shape[:2]
        whole = [[0, 0, width - 1, height - 1]]
        boxes = np.asarray(whole if boxes is None else boxes, np.float32)
        if boxes.size == 0:
            return []
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise InputError(f'boxes must be (N, 4) x1, y1, x2, y2, not {boxes.shape}')
        small, scale = _shrink(bgr, boxes, max(self.model.cfg.input_size))
        results = inference_topdown(
            self.model, small, _scaled(boxes, scale), bbox_format='xyxy'
        )
        return [
            self._prediction(result.pred_instances, box, spacing, scale)
            for result, box in zip(results, boxes, strict=True)
        ]

    def _prediction(self, instances, box: np.ndarray, spacing, scale) -> Prediction:
        points = np.asarray(instances.keypoints[0], float)
        return Prediction(
            points=(points + 0.5) / scale - 0.5,
            scores=np.asarray(instances.keypoint_scores[0], float),
            names=self.scheme.points,
            labels=self.scheme.labels,
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            spacing=spacing,
        )


def _scaled(boxes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Boxes of pixel centres in a picture resized by ``scale``."""
    return ((boxes + 0.5) * np.tile(scale, 2) - 0.5).astype(np.float32)


def _shrink(
    bgr: np.ndarray, boxes: np.ndarray, input_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average a large picture down to twice what the network sees of its smallest box.

    The crop samples bilinearly: out of a 2400-pixel film it would skip most pixels.

    Returns:
        The picture, and its scale ``(sx, sy)``.
    """
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).min() + 1
    factor = 2 * input_side / side
    if factor >= 1:
        return bgr, np.ones(2)
    height, width = bgr.shape[:2]
    size = (round(width * factor), round(height * factor))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    return small, np.array([size[0] / width, size[1] / height])


def _to_bgr(image: str | Path | np.ndarray) -> np.ndarray:
    if isinstance(image, (str, Path)):
        return read_bgr(image)
    image = np.asarray(image)
    if image.size == 0 or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        raise InputError(
            f'an image is (H, W) gray or (H, W, 3) RGB, not {image.shape} {image.dtype}'
        )
    return as_bgr(image if image.dtype == np.uint8 else to_8_bit(image))
