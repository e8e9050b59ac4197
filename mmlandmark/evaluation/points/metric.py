"""The registered metric: gathers predictions, lets the functions compute, formats."""

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
    """MRE with SD and SDR, in pixels and, where every image has a spacing, in mm.

    Keys: ``ceph/MRE_px``, ``ceph/MRE_px_SD``, ``ceph/SDR@2.0px``, and with spacing
    ``ceph/MRE_mm``, ``ceph/MRE_mm_SD``, ``ceph/SDR@2.0mm``. Distances are in pixels of
    the image as it was prepared; missing points count nowhere; radii are inclusive. Where
    every image has an annotator's own points, ``errors.annotators`` has the errors
    against them too; where the model tells them, ``errors.spreads`` has the spreads of
    its heatmaps.

    Args:
        radii_mm: Radii of the SDR in mm.
        radii_px: Radii of the SDR in pixels.
        **kwargs: As for MMEngine's ``BaseMetric``.
    """

    default_prefix = 'ceph'

    #: What the last evaluation measured, on the main process.
    errors: RadialErrors | None = None
    #: What boxes the images were cropped by, once ``measure`` has run.
    boxes: str | None = None
    #: What the methods of ``errors`` are to be called with.
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
        """Append one entry a sample."""
        for sample in data_samples:
            own = dict(
                spacing=sample.get('spacing'),
                annotators=sample.get('annotators', {}),
            )
            self.results.append(gathered(sample) | own)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Runs on the main process, over the samples of all."""
        truth = np.stack([r['truth'] for r in results])
        self.errors = self._measure(results, truth)
        set_spreads(self.errors, results)
        for who in results[0]['annotators']:
            if all(who in r['annotators'] for r in results):
                view = np.stack([r['annotators'][who] for r in results])
                # the same points as against the truth
                view = np.where(np.isnan(truth), np.nan, view)
                self.errors.annotators[who] = self._measure(results, view)
        return self.errors.metrics(self.radii_mm, self.radii_px)

    def _measure(self, results: list[dict], truth: np.ndarray) -> RadialErrors:
        """Every error against ``(N, K, 2)`` points."""
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
        )


def gathered(sample: dict) -> dict:
    """What every metric of ours keeps of a sample: its id, points and spreads.

    Args:
        sample: A data sample, as a dict.

    Returns:
        ``id``; ``predicted`` and ``truth``, ``(K, 2)`` pixels of the image, NaN where not
        annotated; for a model that tells them ``spreads`` and ``input_px``.
    """
    truth = sample['gt_instances']
    visible = np.asarray(truth['keypoints_visible'][0]) > 0
    points = np.asarray(truth['keypoints'][0], float)
    return dict(
        # other datasets than ours number their instances
        id=str(sample['sample_id'] if 'sample_id' in sample else sample['id']),
        predicted=_numpy(sample['pred_instances']['keypoints'])[0],
        truth=np.where(visible[:, None], points, np.nan),
        **_spreads(sample),
    )


def set_spreads(errors: EvaluationResult, results: list[dict]) -> None:
    """Keep the spreads, where every sample has them."""
    if all('spreads' in r for r in results):
        errors.spreads = np.stack([r['spreads'] for r in results])
        errors.input_px = np.array([r['input_px'] for r in results])


def _spreads(sample: dict) -> dict:
    """What a calibration needs, of a model that tells how far its heatmaps spread."""
    spreads = sample['pred_instances'].get('keypoint_spreads')
    if spreads is None:
        return {}
    # MMPose resizes both ways alike
    input_px = float(sample['input_scale'][0] / sample['input_size'][0])
    return dict(spreads=_numpy(spreads)[0].astype(float), input_px=input_px)


def _numpy(value) -> np.ndarray:
    return value.cpu().numpy() if hasattr(value, 'cpu') else np.asarray(value)
