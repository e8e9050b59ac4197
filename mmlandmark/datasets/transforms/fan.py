"""FAN transforms: its crop, and labels of 2D-to-3D guidance and depth."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_warp_matrix
from mmpose.structures.keypoint import flip_keypoints

from ...errors import InputError
from ...face.detection import reference_crop


@TRANSFORMS.register_module()
class GetReferenceCrop(BaseTransform):
    """Square crop of FAN; see :func:`mmlandmark.face.detection.reference_crop`."""

    def transform(self, results: dict) -> dict:
        """Set ``bbox_center`` and ``bbox_scale``, ``(1, 2)`` each, from ``bbox``."""
        centre, side = reference_crop(results['bbox'][0])
        results['bbox_center'] = centre[None].astype(np.float32)
        results['bbox_scale'] = np.full((1, 2), side, np.float32)
        return results


@TRANSFORMS.register_module()
class LabelGuide(BaseTransform):
    """Transform ``points_2d`` to the crop, like the keypoints; after ``TopdownAffine``."""

    def transform(self, results: dict) -> dict:
        """Set ``guide_labels`` ``(1, K, 2)``, as fractions of the crop's sides.

        Raises:
            InputError: The data have no ``points_2d``.
        """
        points = _required(results, 'points_2d', 'points_2d (300W-LP with points 3d)')
        points = points[None].astype(float)
        if results.get('flip'):
            height, width = results['img_shape']
            points, _ = flip_keypoints(
                points,
                np.ones(points.shape[:2]),  # None is documented but raises
                (width, height),
                results['flip_indices'],
            )
        rotation = results.get('bbox_rotation', np.zeros(1))[0]
        size = results['input_size']
        warp = get_warp_matrix(
            results['input_center'], results['input_scale'], rotation, size
        )
        moved = points[0] @ warp[:, :2].T + warp[:, 2]
        results['guide_labels'] = (moved / size)[None].astype(np.float32)
        return results


@TRANSFORMS.register_module()
class LabelDepth(BaseTransform):
    """Scale ``points_z`` to the crop; goes after ``TopdownAffine``."""

    def transform(self, results: dict) -> dict:
        """Set ``depth_labels`` ``(1, K)``, as fractions of the crop's side, with mean 0.

        Raises:
            InputError: The data have no ``points_z``.
        """
        z = _required(results, 'points_z', 'points_z (AFLW2000-3D)')
        if results.get('flip'):
            z = z[results['flip_indices']]
        shares = (z - z.mean()) / results['input_scale'][0]
        results['depth_labels'] = shares[None].astype(np.float32)
        return results


def _required(results: dict, key: str, what: str) -> np.ndarray:
    if key not in results:
        name = results.get('sample_id') or results.get('img_path') or 'an array'
        raise InputError(f'image {name} has no {what}, which this config trains on')
    return np.asarray(results[key])
