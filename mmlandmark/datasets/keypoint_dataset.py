"""Prepared data (COCO keypoints with a scheme and spacings) as a dataset of MMPose."""

from __future__ import annotations

import contextlib
import io
import logging
from collections import Counter
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from ..errors import InputError
from ..schemes import get_scheme
from ..structures.coco import spacing_of
from .preparation.images import is_box_in

PREPARED_BY = {
    'photo19': 'photo-pickle',
    'isbi19': 'isbi2015',
    'aariz29': 'aariz',
    'cldetection38': 'cl-detection-2023',
    'cldetection53': 'cl-detection-2024',
}


@DATASETS.register_module()
class KeypointDataset(BaseCocoStyleDataset):
    """A folder that ``mmlandmark prepare`` wrote: images, points of a scheme, spacings.

    The names, the flip pairs and the number K of points come from the scheme. Besides the
    keys of MMPose, each item has ``spacing`` (``(sy, sx)`` in mm per pixel, or None) and
    ``sample_id``; where the data have them, ``annotators`` (the ``(K, 2)`` points of each
    annotator in pixels, 0-based, NaN where missing) and ``depth_path`` (a depth map, see
    :class:`~mmlandmark.datasets.LoadDepth`). ``occluded`` ``(K,)`` is True for points
    that are annotated but hidden (COCO's visibility 1).

    Args:
        scheme: The name of a known scheme, or the path of a ``scheme.json``.
        box: ``'image'``: the bounding box is the whole image. ``'annotation'``: the
            bounding box is the one in the file.
        occluded_weight: The weight of occluded points in the loss: 0, which leaves them
            out of training and metrics, or 0.5 to 1. MMPose's codecs draw no target where
            it is smaller.
        **kwargs: As for MMPose's ``BaseCocoStyleDataset``.

    Raises:
        InputError: The data are missing, have another number of points than the scheme,
            or have invalid boxes.
    """

    def __init__(
        self,
        scheme: str,
        box: str = 'image',
        occluded_weight: float = 1.0,
        **kwargs,
    ):
        if occluded_weight != 0 and not 0.5 <= occluded_weight <= 1:
            raise InputError(
                f'occluded_weight must be 0, or from 0.5 to 1, not {occluded_weight!r}'
            )
        self.occluded_weight = float(occluded_weight)
        if box not in ('image', 'annotation'):
            raise InputError(f"box must be 'image' or 'annotation', not {box!r}")
        self.scheme = get_scheme(scheme)
        self.box = box
        super().__init__(metainfo=self.scheme.metainfo(), **kwargs)

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        path = Path(self.ann_file)
        self._bad_boxes: list[str] = []
        self._heads: list[
            tuple[int, int]
        ] = []  # per sample: image, its number of heads
        if not path.is_file():
            others = _splits_beside(path)
            if others:
                raise InputError(
                    f'{path.parent} has no split {path.stem!r}, it has '
                    f'{", ".join(others)}: choose one of these, or prepare the data again '
                    'with that split',
                    split=None,
                )
            command = PREPARED_BY.get(self.scheme.name, 'coco')
            raise InputError(
                f'no data at {path}: prepare {self.data_root or path.parent} with '
                f'mmlandmark prepare {command}'
            )
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
                instances, images = super()._load_annotations()
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            raise InputError(
                f'{path} is not a COCO keypoints file: {error!r}'
            ) from None
        self._refuse_bad_boxes()
        if not instances:
            raise InputError(
                f'{path} is not a COCO keypoints file: no image has points'
            )
        self._warn_of_several_heads()
        return instances, images

    def _refuse_bad_boxes(self) -> None:
        if self._bad_boxes:
            raise InputError(
                f'{self.ann_file}: {len(self._bad_boxes)} boxes are empty or outside '
                f'their image, {self._bad_boxes[0]} first: correct them, or use box=image'
            )

    def _warn_of_several_heads(self) -> None:
        entries = Counter(key for key, _ in self._heads)
        # prepared data have one entry per head, with the number of heads of its image
        several = sum(heads > 1 or entries[key] > 1 for key, heads in self._heads)
        if self.box == 'image' and several:
            print_log(
                f'{several} samples of {self.ann_file} share their image with others: '
                'box=image gives them the same crop, use '
                'train_dataloader.dataset.box=annotation (and the same for val and test)',
                'current',
                logging.WARNING,
            )

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Check the number of points; add the spacing; see MMPose's method."""
        annotation, image = raw_data_info['raw_ann_info'], raw_data_info['raw_img_info']
        count = len(annotation.get('keypoints', ())) / 3
        if count != len(self.scheme):
            raise InputError(
                f'{self.ann_file}: image {image["file_name"]} has {count:g} points, '
                f'scheme {self.scheme.name} has {len(self.scheme)}'
            )
        if self.box == 'image':
            whole = [0, 0, image['width'] - 1, image['height'] - 1]
            raw_data_info = dict(
                raw_data_info, raw_ann_info=dict(annotation, bbox=whole)
            )
        elif not _is_box_in(annotation.get('bbox'), image):
            self._bad_boxes.append(
                f'{annotation.get("bbox")} of image {image["file_name"]}'
            )
            return None
        self._heads.append((annotation['image_id'], image.get('heads', 1)))
        info = super().parse_data_info(raw_data_info)
        if info is None:
            return None
        visibility = np.array(annotation['keypoints'][2::3], float)
        info['occluded'] = visibility == 1
        weights = np.where(info['occluded'], self.occluded_weight, 1.0)
        info['keypoints_visible'] = (info['keypoints_visible'] * weights).astype(
            np.float32
        )
        spacing = spacing_of(image)
        info['spacing'] = spacing and spacing.pair
        info['sample_id'] = str(image.get('sample_id', Path(image['file_name']).stem))
        if 'annotators' in annotation:
            info['annotators'] = self._annotators(annotation, image)
        if 'depth' in image:
            folder = Path(self.ann_file).parent
            info['depth_path'] = str(folder / image['depth']['file'])
        return info

    def _annotators(self, annotation: dict, image: dict) -> dict[str, np.ndarray]:
        views = {
            who: np.array(points, float)  # null becomes NaN
            for who, points in annotation['annotators'].items()
        }
        for who, points in views.items():
            if points.shape != (len(self.scheme), 2):
                raise InputError(
                    f'{self.ann_file}: image {image["file_name"]} has {len(points)} '
                    f'points of annotator {who}, scheme {self.scheme.name} has '
                    f'{len(self.scheme)}'
                )
        return views


def _splits_beside(path: Path) -> list[str]:
    """The splits of the prepared data set, where it lacks ``path``."""
    if not (path.parent / 'dataset.json').is_file():
        return []
    others = ('dataset', 'scheme')
    return sorted(p.stem for p in path.parent.glob('*.json') if p.stem not in others)


def _is_box_in(bbox, image: dict) -> bool:
    """Whether COCO's x, y, width, height are not empty and overlap the image."""
    try:
        x, y, w, h = (float(value) for value in bbox)
    except (TypeError, ValueError):
        return False
    return is_box_in((x, y, x + w, y + h), image['width'] - 1, image['height'] - 1)
