"""Face detection with MMDetection instead of OpenCV."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
import copy
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import Compose
from mmdet.apis import inference_detector, init_detector
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..errors import InputError
from ..models.checkpoints.weights import load_weights


class MMDetFaces:
    """Detects faces in an image; set ``LandmarkDetector.find_boxes`` to it.

    Detectors that suppress overlapping boxes need full mmcv (``make setup-full``).

    Args:
        config: A config of MMDetection.
        checkpoint: Its weights.
        threshold: Smallest score of a detection.
        label: Index of the class to detect.
        device: Such as ``'cpu'``.

    Raises:
        InputError: The config or the weights cannot be used.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        threshold: float = 0.5,
        label: int = 0,
        device: str = 'cpu',
    ):
        self.threshold = threshold
        self.label = label
        scope = DefaultScope.get_current_instance()
        try:
            # a copy, as some models change their config
            self.model = init_detector(copy.deepcopy(config), None, device=device)
            pipeline = get_test_pipeline_cfg(self.model.cfg)
            pipeline[0] = dict(type='mmdet.LoadImageFromNDArray')
            self.pipeline = Compose(pipeline)
        except (OSError, KeyError, TypeError, SyntaxError, AttributeError) as error:
            raise InputError(
                f'{config} is not a config of MMDetection: {error}'
            ) from None
        finally:
            if scope is not None:  # restore the scope, which the detector has replaced
                DefaultScope.get_instance(
                    f'again-{id(self)}', scope_name=scope.scope_name
                )
        load_weights(self.model, checkpoint, strict=True)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Boxes ``(N, 4)`` x1, y1, x2, y2 in pixels, by decreasing score.

        Args:
            image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.

        Raises:
            InputError: The detector needs full mmcv.
        """
        code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
        try:
            found = inference_detector(
                self.model, cv2.cvtColor(image, code), self.pipeline
            )
        except RuntimeError as error:
            if 'mmcv' not in str(error):
                raise
            raise InputError(
                f'this face detector needs full mmcv (make setup-full): {error}'
            ) from None
        found = found.pred_instances.cpu().numpy()
        kept = (found.labels == self.label) & (found.scores >= self.threshold)
        order = np.argsort(-found.scores[kept], kind='stable')
        return found.bboxes[kept][order].astype(float)
