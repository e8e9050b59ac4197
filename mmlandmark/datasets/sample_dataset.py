"""Base class of datasets that read a format directly, without a prepared copy."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from ..errors import InputError
from ..face.detection import BOXES, face_boxes
from ..face.head_pose import head_pose
from ..formats.common.sizes import stored_size
from ..io.pixels import as_bgr
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from .preparation.prepare import keep_inside, split_samples


class SampleDataset(BaseCocoStyleDataset):
    """Samples of a reader with one item per face and a choice of bounding boxes.

    Subclasses implement :meth:`read`, which returns the scheme and all samples. Besides the
    keys of MMPose, each item has ``sample_id`` and ``spacing``, and where the data set has
    them ``pose`` ``(3,)`` in degrees, ``points_z`` ``(K,)`` and ``points_2d`` ``(K, 2)`` in
    pixels. A point outside its image, such as (-1, -1), is missing, as in prepared data.

    Args:
        data_root: The path that the reader takes.
        split: A split, or several joined by ``+``: ``'train+val'``. A data set without
            splits is split at random by subject (grouped split); where only ``val`` is
            missing, it is drawn from ``train``.
        box: ``'ground_truth'``: the tight box of the annotated points. ``'jittered'``: that
            box with a random shift and scale, the same in every run. ``'detected'``: the
            detection of OpenCV's face detector that overlaps it most. ``'source'``: the box
            in the data set. ``'image'``: the whole image. Where a face has no box in the
            data set or is not detected, the whole image is used and the number of such
            faces is logged.
        fractions: Fractions of the subjects for ``val`` and ``test``.
        seed: Seed of the random split and of the jitter.
        **kwargs: As for MMPose's ``BaseCocoStyleDataset``.

    Raises:
        InputError: The data cannot be read, the split does not exist or is empty, or the
            pipeline flips images although the scheme has no flip pairs.
    """

    scheme: Scheme
    #: Whether the protocol of the data set counts points outside the image. Then only
    #: points both left of and above the image are missing, which mark an absent point.
    keeps_outside = False

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        box: str = 'ground_truth',
        fractions: tuple[float, float] = (0.1, 0.2),
        seed: int = 0,
        pipeline: Sequence = (),
        **kwargs,
    ):
        if box not in BOXES:
            raise InputError(f'box must be one of {", ".join(BOXES)}, not {box!r}')
        self.split = split
        self.box = box
        self.report = ReadReport()
        self.scheme, samples = self.read(data_root)
        self._refuse_flips_without_pairs(pipeline)
        self._refuse_empty(samples, data_root)
        drawn = split_samples(samples, fractions, seed)
        known = self._with_points(map(self._inside, self._of_split(drawn, data_root)))
        boxes = face_boxes(known, box, seed, self.report)
        self.samples, self.boxes = self._with_size(known, boxes)
        self._refuse_empty(self.samples, data_root)
        self._log()
        super().__init__(
            metainfo=self.scheme.metainfo(),
            data_root=data_root,
            pipeline=list(pipeline),
            **kwargs,
        )

    def read(self, data_root: str) -> tuple[Scheme, list[LandmarkSample]]:
        """The scheme and the samples of all splits; skipped ones go to ``self.report``."""
        raise NotImplementedError

    def _refuse_flips_without_pairs(self, pipeline: Sequence) -> None:
        flips = any(step.get('type') == 'RandomFlip' for step in pipeline)
        if flips and not self.scheme.flip_pairs:
            raise InputError(
                f'scheme {self.scheme.name} has no flip pairs: remove RandomFlip from the '
                'pipeline, or give a scheme with flip_pairs'
            )

    def _refuse_empty(self, samples: list[LandmarkSample], root: str) -> None:
        if samples:
            return
        text = f'no usable sample in {root}'
        if self.report.skipped:
            where, why = self.report.skipped[0]
            text += f', {len(self.report.skipped)} skipped; the first, {where}: {why}'
        raise InputError(text)

    def _inside(self, sample: LandmarkSample) -> LandmarkSample:
        if self.keeps_outside:
            outside = np.all(sample.points < -0.5, axis=1)
            points = np.where(outside[:, None], np.nan, sample.points)
            self.report.count(
                'points left of and above the image: missing', int(outside.sum())
            )
            return replace(sample, points=points)
        points, _, count = keep_inside(sample.points, *_displayed_size(sample.image))
        self.report.count('points outside the image: missing', count)
        return replace(sample, points=points)

    def _with_points(self, samples: Iterable[LandmarkSample]) -> list[LandmarkSample]:
        kept = []
        for sample in samples:
            if np.isfinite(sample.points).all(axis=1).any():
                kept.append(sample)
            else:
                self.report.skip(sample.id, 'no point is annotated')
        return kept

    def _with_size(
        self, samples: list[LandmarkSample], boxes: list[np.ndarray]
    ) -> tuple[list[LandmarkSample], list[np.ndarray]]:
        kept = []
        for sample, box in zip(samples, boxes, strict=True):
            if np.max(box[2:] - box[:2]) > 0:
                kept.append((sample, box))
            else:
                why = f"its {self.box} box is empty: use box='image'"
                self.report.skip(sample.id, why)
        return [sample for sample, _ in kept], [box for _, box in kept]

    def _of_split(
        self, samples: list[LandmarkSample], root: str
    ) -> list[LandmarkSample]:
        wanted = self.split.split('+')
        there = sorted({str(s.split) for s in samples})
        missing = [split for split in wanted if split not in there]
        if missing:
            raise InputError(
                f'{root} has no split {missing[0]!r}, it has {", ".join(there)}'
            )
        return [s for s in samples if s.split in wanted]

    def _log(self) -> None:
        text = f'{len(self.samples)} images of {self.split}, boxes: {self.box}'
        for what, number in self.report.counts.items():
            text += f'; {number} {what}'
        print_log(text, 'current')
        for where, why in self.report.skipped[:10]:
            print_log(f'skipped {where}: {why}', 'current')
        if len(self.report.skipped) > 10:
            reasons = self.report.reasons().items()
            print_log(
                f'and {len(self.report.skipped) - 10} more skipped; of all, '
                + '; '.join(f'{number}: {why}' for why, number in reasons),
                'current',
            )
        self._warn_of_several_faces()

    def _warn_of_several_faces(self) -> None:
        images = Counter(s.image for s in self.samples if isinstance(s.image, Path))
        several = sum(n > 1 for n in images.values())
        if self.box == 'image' and several:
            print_log(
                f'{several} images hold several faces: box=image gives them the same crop, '
                'use box=source, ground_truth or jittered '
                '(train_dataloader.dataset.box=... and the same for val and test)',
                'current',
                logging.WARNING,
            )

    def load_data_list(self) -> list[dict]:
        """One dict per sample, as MMPose's pipelines take it."""
        pairs = zip(self.samples, self.boxes, strict=True)
        infos = [_info(i, s, box) for i, (s, box) in enumerate(pairs)]
        del self.samples, self.boxes  # MMEngine keeps its own serialised copy
        return infos

    def get_data_info(self, idx: int) -> dict:
        """One item; an image in memory is converted to BGR, as if it were loaded."""
        info = super().get_data_info(idx)
        if 'img' in info:
            info['img'] = as_bgr(info['img'])
        return info


def _displayed_size(image: Path | np.ndarray) -> tuple[float, float]:
    """Width and height; infinite where the file cannot be read, which fails on loading."""
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0]
    found = stored_size(image)
    if found is None:
        return np.inf, np.inf
    (width, height), orientation = found
    return (height, width) if orientation >= 5 else (width, height)


def _info(number: int, sample: LandmarkSample, box: np.ndarray) -> dict:
    known = np.isfinite(sample.points).all(axis=1)
    points = np.where(known[:, None], sample.points, 0).astype(np.float32)
    info = dict(
        id=number,
        img_id=number,
        sample_id=sample.id,
        spacing=sample.spacing and sample.spacing.pair,
        bbox=np.asarray(box, np.float32)[None],
        bbox_score=np.ones(1, np.float32),
        keypoints=points[None],
        keypoints_visible=known[None].astype(np.float32),
        category_id=np.array(1),
        iscrowd=0,
    )
    if sample.occluded is not None:
        info['occluded'] = known & sample.occluded
    info.update(_three_dimensional(sample))
    if isinstance(sample.image, np.ndarray):
        info['img'] = sample.image
    else:
        info['img_path'] = str(sample.image)
    return info


def _three_dimensional(sample: LandmarkSample) -> dict:
    """The head pose and 3D points of a sample, where it has them."""
    extra = sample.extra
    keys = ('points_2d', 'points_z')
    found = {k: np.asarray(extra[k], np.float32) for k in keys if k in extra}
    if 'pose' in extra:
        found['pose'] = np.degrees(extra['pose'])
    elif 'points_z' in extra:
        found['pose'] = head_pose(sample.points, extra['points_z'])
    return found
