"""Transforms for label images that mmcv and mmsegmentation lack."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from mmcv.transforms import BaseTransform, RandomFlip, Resize
from mmengine.registry import TRANSFORMS

from ...errors import InputError
from ...formats.parts import read_labels
from ...schemes.parts import IGNORED, get_parts


@TRANSFORMS.register_module()
class LoadParts(BaseTransform):
    """Load the label image of ``seg_map_path`` beside the photograph.

    mmsegmentation's ``LoadAnnotations`` takes any file for one; a label that is too large
    then ends the training somewhere in the loss.
    """

    def transform(self, results: dict) -> dict:
        """Set ``gt_seg_map``, ``(H, W)`` uint8."""
        results['gt_seg_map'] = read_labels(
            results['seg_map_path'],
            len(get_parts(results['parts'])),
            results['ori_shape'],
        )
        results['seg_fields'] = ['gt_seg_map']
        return results


@TRANSFORMS.register_module()
class FlipParts(RandomFlip):
    """mmcv's horizontal flip; left and right parts of the data's scheme change places.

    Args:
        prob: Of a flip.
    """

    def __init__(self, prob: float = 0.5):
        super().__init__(prob=prob, direction='horizontal')

    def transform(self, results: dict) -> dict:
        """Flip ``img`` and ``gt_seg_map``, or neither."""
        self.swap_seg_labels = get_parts(results['parts']).flip_pairs or None
        return super().transform(results)


@TRANSFORMS.register_module()
class ResizePhoto(Resize):
    """mmcv's ``Resize`` of the photograph alone.

    Its labels keep their own pixels: scored there, networks of other input sizes can be
    compared, and nobody's labels are resampled.
    """

    def _resize_seg(self, results: dict) -> None:
        pass


@TRANSFORMS.register_module()
class Occlude(BaseTransform):
    """Cover a disc of the face; what is under it is not measured.

    Its place follows from the sample's id, the same in every run and for every model. It
    is flat and of the mean colour of the picture, as an object without parts would be.

    Args:
        share: Of the pixels that are not background, covered by a disc of that area.
        paint: False leaves the picture as it is and only leaves the same pixels out, for
            a score that can be compared.

    Raises:
        InputError: The share is not above 0 and at most 0.5.
    """

    def __init__(self, share: float, paint: bool = True):
        if not 0 < share <= 0.5:
            raise InputError(f'an occluder covers a share above 0 to 0.5, not {share}')
        self.share = share
        self.paint = paint

    def transform(self, results: dict) -> dict:
        """Change ``img`` and ``gt_seg_map``; goes right after both are loaded."""
        labels = results['gt_seg_map'].copy()
        face = (labels != 0) & (labels != IGNORED)
        if not face.any():
            return results
        seed = zlib.crc32(results['sample_id'].encode())
        places = np.argwhere(face)
        y, x = places[np.random.default_rng(seed).integers(len(places))]
        radius = np.sqrt(self.share * len(places) / np.pi)
        disc = np.zeros(labels.shape, np.uint8)
        cv2.circle(disc, (int(x), int(y)), round(radius), 1, -1)
        covered = disc > 0
        labels[covered] = IGNORED
        results['gt_seg_map'] = labels
        if self.paint:
            image = results['img'].copy()
            image[covered] = image.reshape(-1, image.shape[-1]).mean(axis=0)
            results['img'] = image
        return results
