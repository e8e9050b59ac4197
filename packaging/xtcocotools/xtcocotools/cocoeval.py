"""``COCOeval`` of pycocotools with the arguments and the keypoint rules of xtcocotools."""

import numpy as np
from pycocotools import cocoeval
from pycocotools.cocoeval import Params  # noqa: F401

#: Share of a box that counts as the area of an object without one (xtcocotools).
BOX_AREA = 0.53

TYPES = ('segm', 'bbox', 'keypoints')


class COCOeval(cocoeval.COCOeval):
    """Average precision and recall, as xtcocotools 1.14.3 computes them.

    It differs from pycocotools in what is evaluated: an annotation without a visible point
    is ignored whatever its ``num_keypoints``, a detection without a positive score of any
    point is left out, and an annotation can have the id 0.

    Args:
        cocoGt: ``COCO`` of the annotations.
        cocoDt: ``COCO`` of the detections.
        iouType: ``'segm'``, ``'bbox'`` or ``'keypoints'``.
        sigmas: ``(K,)`` standard deviation of the annotation of each point, as a share of
            the object's size; None for the 17 points of COCO.
        use_area: Whether annotations have an ``area``; otherwise it is 0.53 of the box.

    Raises:
        NotImplementedError: Another type, such as ``'keypoints_crowd'``.
    """

    def __init__(
        self,
        cocoGt=None,  # noqa: N803
        cocoDt=None,  # noqa: N803
        iouType='keypoints',  # noqa: N803
        sigmas=None,
        use_area=True,
    ):
        if iouType not in TYPES:
            raise NotImplementedError(
                f'iou_type {iouType!r} needs the original xtcocotools 1.14.3; its '
                f'replacement has {", ".join(TYPES)}'
            )
        super().__init__(cocoGt, cocoDt, iouType)
        if iouType == 'keypoints' and sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas)
        self.use_area = use_area

    def _prepare(self):
        keypoints = self.params.iouType == 'keypoints'
        if keypoints:
            for annotation in self.cocoGt.anns.values():
                annotation.setdefault('num_keypoints', _visible(annotation))
        super()._prepare()
        for key, annotations in self._gts.items():
            self._gts[key] = [self._annotation(a, keypoints) for a in annotations]
        if keypoints:
            for key, detections in self._dts.items():
                self._dts[key] = [d for d in detections if _visible(d)]

    def _annotation(self, annotation, keypoints):
        """A copy of an annotation by the rules of xtcocotools."""
        changed = dict(annotation)
        # pycocotools takes the id 0 for "not matched"
        changed['id'] += 1
        if keypoints:
            crowd = bool(annotation.get('iscrowd'))
            changed['ignore'] = crowd or not _visible(annotation)
        if not self.use_area or 'area' not in annotation:
            _, _, width, height = annotation['bbox']
            changed['area'] = BOX_AREA * width * height
        return changed


def _visible(annotation):
    """Number of points with a positive third value."""
    return int(np.count_nonzero(np.asarray(annotation['keypoints'])[2::3] > 0))
