"""The registered metric of facial landmarks."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from ...errors import InputError
from ...face.head_pose import head_pose
from ...schemes import IBUG68, get_scheme
from ..functional import radial_errors
from ..points.metric import collect, set_heatmap_errors
from .functional import allowed_kinds, checked_threshold, normalisers
from .result import FaceErrors


@METRICS.register_module()
class FaceError(BaseMetric):
    """NME, failure rate (FR), AUC, accuracy and MSE of facial landmarks.

    The keys contain thresholds and normalisers (:func:`~.functional.normalisers`). Every
    NME is a mean over images, not over points:

    - ``face/NME_interocular``, ``face/NME_interpupil``, ``face/NME_box_sqrt``,
      ``face/NME_box_max``, ``face/NME_diagonal``: percent; those available for the scheme.
    - ``face/FR@0.08_interocular``: percent of the images with an NME above 0.08.
    - ``face/AUC@0.08_interocular``: area under the cumulative error distribution up to
      0.08, divided by 0.08; 0 to 100.
    - ``face/unmeasured_images_interocular``: number of images without an NME, because a
      corner of an eye, or every point, is not annotated. They are not counted.
    - ``face/accuracy@3px_of_256``: percent of the points within 3 px, in crops scaled so
      that their longer side measures 256 px.
    - ``face/MSE_px2``: mean squared error of the coordinates in these crops, pixels
      squared. ``face/MSE_normalised``: the same in units of the crop's side, the value of
      an MSE loss on coordinates from 0 to 1.
    - ``face/NME_depth_box_sqrt``: percent; error of the depth alone, after subtraction of
      its mean; only if the model and the annotation have depth.

    MSE and accuracy are left out if the samples have no ``input_scale``. A prediction that
    is not finite has an infinite error, so its image is a failure.

    Args:
        scheme: Name of a known scheme, or the path of a ``scheme.json``, which defines the
            points of the eyes. Without one, only lengths of the box are available.
        norm: Normaliser of FR, AUC, CED and tables; by default ``interocular`` if the
            scheme defines the eyes, else ``box_sqrt``.
        thresholds: Thresholds of FR and AUC, fractions; the CED ends at the first one.
        accuracy_px: Radii of the accuracy, pixels.
        accuracy_side: Side to which every crop is scaled for the accuracy, pixels.
        **kwargs: See MMEngine's ``BaseMetric``.

    Raises:
        InputError: The normaliser is not available for the scheme, or a threshold, radius
            or side is not in (0, inf).
    """

    default_prefix = 'face'

    #: Result of the last evaluation, on the main process.
    errors: FaceErrors | None = None
    #: Kind of the boxes by which the images were cropped, set by ``measure``.
    boxes: str | None = None
    #: Arguments of the methods of ``errors``: none.
    settings: tuple = ()

    def __init__(
        self,
        scheme: str | Path | None = None,
        norm: str | None = None,
        thresholds: Sequence[float] = (0.08, 0.1),
        accuracy_px: Sequence[float] = (3, 5),
        accuracy_side: float = 256,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.scheme = None if scheme is None else get_scheme(scheme)
        self.kinds = allowed_kinds(self.scheme)
        default = 'interocular' if 'interocular' in self.kinds else 'box_sqrt'
        self.norm = norm or default
        if self.norm not in self.kinds:
            raise InputError(
                f'norm must be one of {", ".join(self.kinds)}, not {norm!r}'
                + ('' if scheme else ': FaceError has no scheme')
            )
        if not thresholds:
            raise InputError('FaceError needs a threshold')
        self.thresholds = tuple(map(checked_threshold, thresholds))
        self.accuracy_px = tuple(map(checked_threshold, accuracy_px))
        self.accuracy_side = checked_threshold(accuracy_side)

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Append one entry per sample."""
        for sample in data_samples:
            scale = sample.get('input_scale')
            own = {} if scale is None else dict(side=float(np.max(scale)))
            if 'pose' in sample:
                own['yaw'] = float(sample['pose'][1])
            if 'keypoint_depths' in sample['pred_instances'] and 'points_z' in sample:
                own['depth_error'] = _depth_error(sample)
            self.results.append(collect(sample) | own)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics on the main process from the samples of all processes."""
        truth = np.stack([r['truth'] for r in results])
        predicted = np.stack([r['predicted'] for r in results]).astype(float)
        names = self.dataset_meta['keypoint_id2name']
        known = all('side' in r for r in results)
        self.errors = FaceErrors(
            ids=[r['id'] for r in results],
            names=[names[i] for i in range(len(names))],
            px=radial_errors(predicted, truth),
            predicted=predicted,
            truth=truth,
            normalisers={k: normalisers(truth, k, self.scheme) for k in self.kinds},
            norm=self.norm,
            sides=np.array([r['side'] for r in results]) if known else None,
            thresholds=self.thresholds,
            accuracy_px=self.accuracy_px,
            accuracy_side=self.accuracy_side,
            yaws=self._yaws(results),
            depth_errors=np.array([r['depth_error'] for r in results])
            if all('depth_error' in r for r in results)
            else None,
        )
        set_heatmap_errors(self.errors, results)
        return self.errors.metrics()

    def _yaws(self, results: list[dict]) -> np.ndarray | None:
        """Annotated yaw, or that estimated from 68 true points."""
        if all('yaw' in r for r in results):
            return np.array([r['yaw'] for r in results])
        if self.scheme is None or self.scheme.points != IBUG68.points:
            return None
        return np.array([head_pose(r['truth'])[1] for r in results])


def _depth_error(sample: dict) -> float:
    """Mean absolute error of the depth, pixels, after subtraction of both means."""
    truth = np.asarray(sample['points_z'], float)
    predicted = np.asarray(sample['pred_instances']['keypoint_depths'], float)[0]
    errors = predicted - predicted.mean() - truth + truth.mean()
    return float(np.abs(errors).mean())
