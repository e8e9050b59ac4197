"""The registered metric of cephalometric landmarks."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from ..functional import RADII_MM, radial_errors
from ..result import EvaluationResult
from .result import RadialErrors


@METRICS.register_module()
class RadialError(BaseMetric):
    """Mean radial error (MRE) with its SD, and success detection rates (SDR).

    Keys: ``ceph/MRE_px``, ``ceph/MRE_px_SD``, ``ceph/SDR@2.0px``; if every image has a
    spacing also ``ceph/MRE_mm``, ``ceph/MRE_mm_SD``, ``ceph/SDR@2.0mm``. Distances are in
    pixels of the prepared image. Missing points are not counted; radii are inclusive. If
    every image has the points of an annotator, ``errors.annotators`` holds the errors
    against them. If the model predicts them, ``errors.heatmap_errors`` holds those of the
    heatmaps.

    Args:
        radii_mm: Radii of the SDR, mm.
        radii_px: Radii of the SDR, pixels.
        **kwargs: See MMEngine's ``BaseMetric``.
    """

    default_prefix = 'ceph'

    #: Result of the last evaluation, on the main process.
    errors: RadialErrors | None = None
    #: Kind of the boxes by which the images were cropped, set by ``measure``.
    boxes: str | None = None
    #: Arguments of the methods of ``errors``.
    settings: tuple

    def __init__(
        self,
        radii_mm: Sequence[float] = RADII_MM,
        radii_px: Sequence[float] = RADII_MM,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.radii_mm = tuple(float(r) for r in radii_mm)
        self.radii_px = tuple(float(r) for r in radii_px)
        self.settings = (self.radii_mm, self.radii_px)

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Append one entry per sample."""
        for sample in data_samples:
            own = dict(
                spacing=sample.get('spacing'),
                annotators=sample.get('annotators', {}),
                occluded=sample.get('occluded'),
            )
            self.results.append(collect(sample) | own)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics on the main process from the samples of all processes."""
        truth = np.stack([r['truth'] for r in results])
        self.errors = self._measure(results, truth)
        set_heatmap_errors(self.errors, results)
        for who in results[0]['annotators']:
            if all(who in r['annotators'] for r in results):
                view = np.stack([r['annotators'][who] for r in results])
                # count the same points as against the truth
                view = np.where(np.isnan(truth), np.nan, view)
                self.errors.annotators[who] = self._measure(results, view)
        values = self.errors.metrics(self.radii_mm, self.radii_px)
        return values | self._of_occluded(results, truth)

    def _of_occluded(self, results: list[dict], truth: np.ndarray) -> dict[str, float]:
        """The metrics of occluded points and of the others; empty if none is occluded."""
        none = np.zeros(truth.shape[1], bool)
        given = (r.get('occluded') for r in results)
        occluded = np.stack([none if o is None else np.asarray(o, bool) for o in given])
        there = np.isfinite(truth).all(axis=2)
        if not (occluded & there).any() or not (~occluded & there).any():
            return {}
        values: dict[str, float] = {}
        for name, mask in (('occluded', occluded), ('visible', ~occluded)):
            part = self._measure(results, np.where(mask[..., None], truth, np.nan))
            found = part.metrics(self.radii_mm, self.radii_px)
            values |= {f'{key}_{name}': value for key, value in found.items()}
        return values

    def _measure(self, results: list[dict], truth: np.ndarray) -> RadialErrors:
        """The errors against true points ``(N, K, 2)``."""
        predicted = np.stack([r['predicted'] for r in results]).astype(float)
        spacings = [r['spacing'] for r in results]
        known = all(s is not None for s in spacings)
        names = self.dataset_meta['keypoint_id2name']
        return RadialErrors(
            ids=[r['id'] for r in results],
            names=[names[i] for i in range(len(names))],
            px=radial_errors(predicted, truth),
            mm=radial_errors(predicted, truth, np.array(spacings)) if known else None,
            predicted=predicted,
            mm_per_px=np.array(spacings, float).mean(axis=1) if known else None,
            truth=truth,
            spacings=np.array(spacings, float) if known else None,
        )


def collect(sample: dict) -> dict:
    """The id, points and heatmap errors of a sample.

    Args:
        sample: A data sample, as a dict.

    Returns:
        ``id``; ``predicted`` and ``truth``, ``(K, 2)`` pixels of the image, NaN where not
        annotated; ``heatmap_errors`` and ``input_px`` if the model predicts them.
    """
    truth = sample['gt_instances']
    visible = np.asarray(truth['keypoints_visible'][0]) > 0
    points = np.asarray(truth['keypoints'][0], float)
    return dict(
        # datasets of MMPose number their instances
        id=str(sample['sample_id'] if 'sample_id' in sample else sample['id']),
        predicted=_numpy(sample['pred_instances']['keypoints'])[0],
        truth=np.where(visible[:, None], points, np.nan),
        **_heatmap_errors(sample),
    )


def set_heatmap_errors(errors: EvaluationResult, results: list[dict]) -> None:
    """Set the heatmap errors of a result if every sample has them."""
    if all('heatmap_errors' in r for r in results):
        errors.heatmap_errors = np.stack([r['heatmap_errors'] for r in results])
        errors.input_px = np.array([r['input_px'] for r in results])


def _heatmap_errors(sample: dict) -> dict:
    """The inputs of a calibration; empty if the model predicts no heatmap errors."""
    heatmap_errors = sample['pred_instances'].get('keypoint_heatmap_errors')
    if heatmap_errors is None:
        return {}
    # MMPose scales both axes equally
    input_px = float(sample['input_scale'][0] / sample['input_size'][0])
    return dict(
        heatmap_errors=_numpy(heatmap_errors)[0].astype(float), input_px=input_px
    )


def _numpy(value) -> np.ndarray:
    return value.cpu().numpy() if hasattr(value, 'cpu') else np.asarray(value)
