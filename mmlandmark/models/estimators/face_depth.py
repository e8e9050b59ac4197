"""A network of one stage that also gives the depth of the points of a face."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor

from ...face.face_shape import face_depth


@MODELS.register_module()
class FaceDepthEstimator(TopdownPoseEstimator):
    """MMPose's estimator; the depth of its points is that of a fitted 3D face.

    The network does not learn the depth, and :func:`~mmlandmark.face.face_shape.face_depth`
    does not use the image. The 68 points must be those of a 3D face, where they lie in the
    image also if they are hidden, such as those of AFLW2000-3D and 300W-LP.
    """

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples whose ``pred_instances`` also have ``keypoint_depths`` ``(1, K)``.

        Depths are in pixels of the image, positive towards the viewer, with mean 0.
        """
        results = super().predict(inputs, data_samples)
        for result in results:
            found = result.pred_instances
            found.keypoint_depths = face_depth(found.keypoints[0])[None]
        return results
