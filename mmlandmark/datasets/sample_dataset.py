"""What the readers return as a dataset of MMPose: nothing is converted beforehand."""

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
from ..io.image import as_bgr
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from .preparation.prepare import keep_inside, split_samples


class SampleDataset(BaseCocoStyleDataset):
    """Samples of a reader, one item a face, in a box of the kind that is asked for.

    A subclass reads: :meth:`read` returns the scheme and all samples. Each item also
    carries ``sample_id`` and ``spacing``, and where its data set knows them ``pose``
    ``(3,)`` degrees, ``points_z`` ``(K,)`` and ``points_2d`` ``(K, 2)``. A point outside
    its image, such as (-1, -1), is missing, as in prepared data.

    Args:
        data_root: What the reader reads.
        split: Which part, or several joined by ``+``: ``'train+val'``. Where the source
            has no parts they are drawn, subjects kept whole; where it has no ``val``,
            that is drawn from its ``train``.
        box: ``'truth'`` is the tight box of the true points, ``'noisy'`` that one moved
            and scaled at random (the same in every run), ``'detector'`` what OpenCV's face
            detector finds next to it, ``'source'`` the box the data set comes with,
            ``'image'`` the whole image.
        fractions: Share of the subjects drawn for ``val`` and for ``test``.
        seed: Draws parts and noise.
        **kwargs: As for MMPose's ``BaseCocoStyleDataset``.

    Raises:
        InputError: The data cannot be read, there is no such part, nothing is left of
            it, or the pipeline flips although the scheme does not say what is left and
            right.
    """

    scheme: Scheme
    #: Whether points beyond an edge of the image are of the data set's own protocol: then
    #: only those left of and above it are missing, which mark a point that is not there.
    keeps_outside = False

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        box: str = 'truth',
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
        self._refuse_blind_flips(pipeline)
        self._refuse_none(samples, data_root)
        drawn = split_samples(samples, fractions, seed)
        known = self._with_points(map(self._inside, self._part(drawn, data_root)))
        boxes = face_boxes(known, box, seed, self.report)
        self.samples, self.boxes = self._with_size(known, boxes)
        self._refuse_none(self.samples, data_root)
        self._say()
        super().__init__(
            metainfo=self.scheme.metainfo(),
            data_root=data_root,
            pipeline=list(pipeline),
            **kwargs,
        )

    def read(self, data_root: str) -> tuple[Scheme, list[LandmarkSample]]:
        """The scheme and every sample of every part; what is skipped in ``report``."""
        raise NotImplementedError

    def _refuse_blind_flips(self, pipeline: Sequence) -> None:
        flips = any(step.get('type') == 'RandomFlip' for step in pipeline)
        if flips and not self.scheme.flip_pairs:
            raise InputError(
                f'scheme {self.scheme.name} names no left and right points: take '
                'RandomFlip out of the pipeline, or give a scheme with swaps'
            )

    def _refuse_none(self, samples: list[LandmarkSample], root: str) -> None:
        if samples:
            return
        text = f'nothing to use in {root}'
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
                why = f"its box of the kind {self.box!r} has no size: take box='image'"
                self.report.skip(sample.id, why)
        return [sample for sample, _ in kept], [box for _, box in kept]

    def _part(self, samples: list[LandmarkSample], root: str) -> list[LandmarkSample]:
        parts = self.split.split('+')
        there = sorted({str(s.split) for s in samples})
        missing = [part for part in parts if part not in there]
        if missing:
            raise InputError(
                f'{root} has no part {missing[0]!r}, it has {", ".join(there)}'
            )
        return [s for s in samples if s.split in parts]

    def _say(self) -> None:
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
        self._say_several_faces()

    def _say_several_faces(self) -> None:
        images = Counter(s.image for s in self.samples if isinstance(s.image, Path))
        several = sum(n > 1 for n in images.values())
        if self.box == 'image' and several:
            print_log(
                f'{several} images hold several faces: box=image cannot tell them apart, '
                'take box=source, truth or noisy (train_dataloader.dataset.box=..., and '
                'the same for val and test)',
                'current',
                logging.WARNING,
            )

    def load_data_list(self) -> list[dict]:
        """One dict a sample, as MMPose's pipelines take it."""
        pairs = zip(self.samples, self.boxes, strict=True)
        infos = [_info(i, s, box) for i, (s, box) in enumerate(pairs)]
        del self.samples, self.boxes  # serialised by MMEngine, they need not stay
        return infos

    def get_data_info(self, idx: int) -> dict:
        """One item; an image that is no file comes as BGR, as if it were loaded."""
        info = super().get_data_info(idx)
        if 'img' in info:
            info['img'] = as_bgr(info['img'])
        return info


def _displayed_size(image: Path | np.ndarray) -> tuple[float, float]:
    """Width and height; infinite where the file cannot be read, which is said later."""
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
    info.update(_in_space(sample))
    if isinstance(sample.image, np.ndarray):
        info['img'] = sample.image
    else:
        info['img_path'] = str(sample.image)
    return info


def _in_space(sample: LandmarkSample) -> dict:
    """What a sample says beyond its points in the picture."""
    extra = sample.extra
    keys = ('points_2d', 'points_z')
    found = {k: np.asarray(extra[k], np.float32) for k in keys if k in extra}
    if 'pose' in extra:
        found['pose'] = np.degrees(extra['pose'])
    elif 'points_z' in extra:
        found['pose'] = head_pose(sample.points, extra['points_z'])
    return found
