"""Face parsing transforms that mmcv and mmsegmentation lack."""

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
    """Load the label image at ``seg_map_path`` and check its size and labels.

    mmsegmentation's ``LoadAnnotations`` does not check labels: one that is too large raises
    an error in the loss only.
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
    """mmcv's horizontal flip, with the labels of the scheme's flip pairs swapped.

    Args:
        prob: Probability of a flip.
    """

    def __init__(self, prob: float = 0.5):
        super().__init__(prob=prob, direction='horizontal')

    def transform(self, results: dict) -> dict:
        """Flip ``img`` and ``gt_seg_map``, or neither."""
        self.swap_seg_labels = get_parts(results['parts']).flip_pairs or None
        return super().transform(results)


@TRANSFORMS.register_module()
class ResizePhoto(Resize):
    """mmcv's ``Resize`` of the photograph without its label image.

    Predictions are scored at the original size of the labels, so that networks of different
    input sizes can be compared and labels are not resampled.
    """

    def _resize_seg(self, results: dict) -> None:
        pass


@TRANSFORMS.register_module()
class Occlude(BaseTransform):
    """Cover the face by a disc whose pixels are excluded from the score.

    The random position is seeded by the id of the sample: it is the same in every run and
    for every model. The disc has the mean colour of the image.

    Args:
        share: Area of the disc as a fraction of the pixels that are not background.
        paint: If False, the image is not changed but the same pixels are excluded, for a
            comparable score without occlusion.

    Raises:
        InputError: ``share`` is not in (0, 0.5].
    """

    def __init__(self, share: float, paint: bool = True):
        if not 0 < share <= 0.5:
            raise InputError(f'share must be above 0 and at most 0.5, not {share}')
        self.share = share
        self.paint = paint

    def transform(self, results: dict) -> dict:
        """Change ``img`` and ``gt_seg_map``; goes directly after both are loaded."""
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
