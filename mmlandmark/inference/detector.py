"""LandmarkDetector: a config and a checkpoint, then images to points."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.apis import init_model

from ..checkpoint import load_weights
from ..config import find_checkpoint, load_config
from ..errors import InputError
from ..evaluation.calibration_file import find_calibration
from ..face_boxes import detect_faces, whole_box
from ..readers.image import as_bgr, given_image
from ..schemes import get_scheme
from .backends import checked_device, one_torch_thread, use_backend
from .prediction import Prediction


class LandmarkDetector:
    """Finds landmarks in images.

    Args:
        name_or_config: A config file, the work folder of a training run, the name of a
            config in ``configs/`` (``'ceph_hrnetv2'``), or a loaded config.
        checkpoint: Its weights; by default the best of the config's own training run.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.
        backend: ``'torch'``; or ``'openvino'`` or ``'onnxruntime'``, which run the same
            network faster on a CPU (``pip install 'mmlandmark[fast]'``). The first time
            it is converted, which takes up to a minute, and kept in ``~/.cache``.

    Raises:
        InputError: No such config or checkpoint, or the two do not fit; the backend is
            not installed, or cannot run this model or on this device.
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
        self.checkpoint = str(checkpoint or find_checkpoint(config))
        self.scheme = get_scheme(config.scheme)
        self.calibration = find_calibration(self.checkpoint, self.scheme.points)
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
        #: What looks for boxes in an image that comes without; None takes it whole.
        self.find_boxes = detect_faces if config.get('find_boxes') == 'face' else None
        self.pipeline = Compose(config.test_dataloader.dataset.pipeline)
        self.backend = backend
        if backend != 'torch':
            use_backend(self.model, backend, self.checkpoint)

    def __call__(
        self,
        image: str | Path | np.ndarray,
        boxes: Sequence | np.ndarray | None = None,
        spacing: tuple[float, float] | None = None,
    ) -> list[Prediction]:
        """Find the points in each box of an image.

        Args:
            image: A path, or an array: ``(H, W)`` gray or ``(H, W, 3)`` RGB.
            boxes: ``(N, 4)`` boxes ``x1, y1, x2, y2`` in pixels; by default those of the
                faces found, or, for a model of other things, the whole image.
            spacing: mm per pixel as ``(sy, sx)``, handed on to the predictions.

        Returns:
            One prediction a box; none for no boxes, or where no face is found.

        Raises:
            InputError: The image cannot be read, or the boxes are no ``(N, 4)``.
        """
        picture = given_image(image)
        if boxes is None:
            boxes = (
                self.find_boxes(picture) if self.find_boxes else [whole_box(picture)]
            )
        boxes = np.asarray(boxes, np.float32)
        if boxes.size == 0:
            return []
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise InputError(f'boxes must be (N, 4) x1, y1, x2, y2, not {boxes.shape}')
        small, scale = _shrink(picture, boxes, max(self.model.cfg.input_size))
        with nullcontext() if self.backend == 'torch' else one_torch_thread():
            results = self._find(as_bgr(small), _scaled(boxes, scale))
        return [
            self._prediction(result, box, spacing, scale)
            for result, box in zip(results, boxes, strict=True)
        ]

    @torch.no_grad()
    def _find(self, bgr: np.ndarray, boxes: np.ndarray) -> list:
        """What MMPose's ``inference_topdown`` does, with a pipeline that is built once."""
        score = np.ones(1, np.float32)
        given = dict(img=bgr, bbox_score=score, **self.model.dataset_meta)
        data = [self.pipeline(dict(bbox=box[None], **given)) for box in boxes]
        return self.model.test_step(pseudo_collate(data))

    def _prediction(self, result, box: np.ndarray, spacing, scale) -> Prediction:
        instances = result.pred_instances
        points = np.asarray(instances.keypoints[0], float)
        # a pixel of the network's input, in pixels of the image
        pixel = float(result.input_scale[0] / result.input_size[0] / scale[0])
        return Prediction(
            points=(points + 0.5) / scale - 0.5,
            scores=np.asarray(instances.keypoint_scores[0], float),
            names=self.scheme.points,
            labels=self.scheme.labels,
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            spacing=spacing,
            z=_depths(instances, scale),
            **self._expected(instances, pixel),
        )

    def _expected(self, instances, pixel: float) -> dict:
        """The expected errors of a calibrated model."""
        if self.calibration is None or 'keypoint_spreads' not in instances:
            return {}
        spreads = np.asarray(instances.keypoint_spreads[0], float)
        return dict(
            expected_errors=self.calibration(spreads) * pixel,
            usual_error=self.calibration.usual * pixel,
        )


def _depths(instances, scale: np.ndarray) -> np.ndarray | None:
    if 'keypoint_depths' not in instances:
        return None
    return np.asarray(instances.keypoint_depths[0], float) / scale[0]


def _scaled(boxes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Boxes of pixel centres in a picture resized by ``scale``."""
    return ((boxes + 0.5) * np.tile(scale, 2) - 0.5).astype(np.float32)


def _shrink(
    picture: np.ndarray, boxes: np.ndarray, input_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average a large picture down to twice what the network sees of its smallest box.

    The crop samples bilinearly: out of a 2400-pixel film it would skip most pixels.

    Returns:
        The picture, and its scale ``(sx, sy)``.
    """
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).min() + 1
    factor = 2 * input_side / side
    if factor >= 1:
        return picture, np.ones(2)
    height, width = picture.shape[:2]
    size = (round(width * factor), round(height * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small, np.array([size[0] / width, size[1] / height])
