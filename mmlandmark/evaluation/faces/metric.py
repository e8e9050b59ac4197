"""The registered metric of faces: gathers predictions, lets the functions compute."""

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
from ..points.metric import gathered, set_spreads
from .functional import allowed_kinds, checked_threshold, normalisers
from .result import FaceErrors


@METRICS.register_module()
class FaceError(BaseMetric):
    """NME, FR, AUC, accuracy and MSE of faces.

    Thresholds and normalisers are in the keys (:func:`~.face.normalisers` says what they
    are). All of the NME are means over images, not over points:

    - ``face/NME_interocular``, ``face/NME_interpupil``, ``face/NME_box_sqrt``,
      ``face/NME_box_max``, ``face/NME_diagonal``: percent; those the scheme allows.
    - ``face/FR@0.08_interocular``: percent of the images with an NME above 0.08.
    - ``face/AUC@0.08_interocular``: area under the cumulative error distribution up to
      0.08, over 0.08: 0 to 100, as the literature has it.
    - ``face/unmeasured_images_interocular``: number of images without an NME, because a
      corner of an eye or every point is not annotated. They count nowhere.
    - ``face/accuracy@3px_of_256``: percent of the points within 3 px, in crops scaled so
      that what the network sees of the image (its longer side) measures 256 px.
    - ``face/MSE_px2``: mean squared error of the coordinates, x and y apart, in such
      pixels squared. ``face/MSE_normalised``: in units of the crop's side, which is what
      an MSE loss on coordinates from 0 to 1 sees.

    - ``face/NME_depth_box_sqrt``: percent, of the points' depth alone, both depths of mean
      0; where the model and the truth have one.

    MSE and accuracy are left out where the samples do not tell their ``input_scale``. A
    prediction that is no number is infinitely far off: its image fails.

    Args:
        scheme: A known scheme's name, or the path of a ``scheme.json``, which tells where
            the eyes are. Without one only boxes normalise.
        norm: The normaliser of FR, AUC, CED and tables; None takes ``interocular`` where
            the scheme has eyes, else ``box_sqrt``.
        thresholds: Of FR and AUC; the CED is drawn up to the first.
        accuracy_px: Radii of the accuracy.
        accuracy_side: The side, in pixels, that every crop is scaled to.
        **kwargs: As for MMEngine's ``BaseMetric``.

    Raises:
        InputError: The scheme does not allow the norm, or a threshold, radius or side is
            not in (0, inf).
    """

    default_prefix = 'face'

    #: What the last evaluation measured, on the main process.
    errors: FaceErrors | None = None
    #: What boxes the images were cropped by, once ``measure`` has run.
    boxes: str | None = None
    #: ``errors`` knows all that its methods need.
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
                + ('' if scheme else ': FaceError is given no scheme')
            )
        if not thresholds:
            raise InputError('FaceError needs a threshold')
        self.thresholds = tuple(map(checked_threshold, thresholds))
        self.accuracy_px = tuple(map(checked_threshold, accuracy_px))
        self.accuracy_side = checked_threshold(accuracy_side)

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Append one entry a sample."""
        for sample in data_samples:
            scale = sample.get('input_scale')
            own = {} if scale is None else dict(side=float(np.max(scale)))
            if 'pose' in sample:
                own['yaw'] = float(sample['pose'][1])
            if 'keypoint_depths' in sample['pred_instances'] and 'points_z' in sample:
                own['depth_error'] = _depth_error(sample)
            self.results.append(gathered(sample) | own)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Runs on the main process, over the samples of all."""
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
        set_spreads(self.errors, results)
        return self.errors.metrics()

    def _yaws(self, results: list[dict]) -> np.ndarray | None:
        """Annotated, or of the true points where they are a whole face's."""
        if all('yaw' in r for r in results):
            return np.array([r['yaw'] for r in results])
        if self.scheme is None or self.scheme.points != IBUG68.points:
            return None
        return np.array([head_pose(r['truth'])[1] for r in results])


def _depth_error(sample: dict) -> float:
    """Mean over the points, pixels of the image, both depths of mean 0."""
    truth = np.asarray(sample['points_z'], float)
    found = np.asarray(sample['pred_instances']['keypoint_depths'], float)[0]
    return float(np.abs(found - found.mean() - truth + truth.mean()).mean())
