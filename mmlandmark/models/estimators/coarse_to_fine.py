"""Coarse to fine: a detector of the whole image, and a network on a crop per point."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor

from ...schemes import get_scheme
from ..heads.heatmap import SoftmaxHeatmapHead, true_points
from .crops import cut_crops, gaussian_maps, random_matrices, to_crop, to_image
from .two_stage import TwoStageEstimator, detector_points


@MODELS.register_module()
class CropHeatmapHead(SoftmaxHeatmapHead):
    """Predicts one heatmap per crop: that of point k in crop k of an image.

    Args:
        in_channels: Channels of the features of one crop.
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        **kwargs: See ``HeatmapHead``; the decoder's sizes are those of a crop.
    """

    def __init__(self, in_channels: int, scheme: str, **kwargs):
        points = len(get_scheme(scheme))
        super().__init__(
            in_channels * points,
            scheme,
            deconv_out_channels=None,
            # the crops of an image are the groups of one convolution
            final_layer=dict(kernel_size=1, groups=points),
            **kwargs,
        )

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Heatmaps ``(N, K, H, W)`` of the features ``(N * K, C, H, W)`` of crops."""
        (features,) = feats
        grouped = features.reshape(-1, self.in_channels, *features.shape[2:])
        return super().forward((grouped,))


@MODELS.register_module()
class CoarseToFineEstimator(TwoStageEstimator):
    """A frozen detector, and one small network that refines each point in a crop.

    The detector gets the input averaged down to its own size. A crop of the input is taken
    around each of its points, in which ``backbone`` and ``head`` predict the point. In
    training the detector is not run: the crops lie around the true points, with random
    shifts of the size of the detector's errors, rotations and scalings. A checkpoint holds
    both stages. The pipeline encodes with ``RegressionLabel`` and crops without UDP.

    Args:
        shift: Standard deviation of the shift of a training crop, pixels of the input; for
            one crop in ten it is doubled.
        rotate: Largest rotation of a training crop, degrees.
        scale: Largest scaling of a training crop.
        **kwargs: See ``TwoStageEstimator``. The size of the input is a multiple of the
            detector's, the head a :class:`CropHeatmapHead`.
    """

    def __init__(
        self,
        shift: float = 6.0,
        rotate: float = 20.0,
        scale: float = 1.2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.shift = shift
        self.rotate = rotate
        self.scale = scale
        self.crop_size = int(self.head.decoder.input_size[0])

    def loss(self, inputs: Tensor, data_samples: list) -> dict:
        """The loss of the head on a crop around each true point.

        Args:
            inputs: ``(N, C, H, W)``.
            data_samples: With ``keypoint_labels`` of ``RegressionLabel``.
        """
        truth, weights = true_points(inputs, data_samples)
        matrices = random_matrices(
            truth.shape[:2], self.rotate, self.scale, truth.device
        )
        centres = truth + self._shifts(weights)
        crops = cut_crops(inputs, centres, matrices, self.crop_size)
        heatmaps = self.head(self.extract_feat(crops))
        places = to_crop(truth, centres, matrices, self.crop_size)
        decoder = self.head.decoder
        targets = gaussian_maps(
            places / float(decoder.scale_factor[0]), heatmaps.shape[-1], decoder.sigma
        )
        return dict(loss_kpt=self.head.loss_module(heatmaps, targets, weights))

    def _shifts(self, like: Tensor) -> Tensor:
        """Random shifts ``(N, K, 2)``, pixels of the input, clipped to 0.4 of a crop."""
        wide = 1 + (torch.rand_like(like) < 0.1).to(like.dtype)
        shifts = torch.randn(*like.shape, 2, device=like.device) * wide[..., None]
        inside = 0.4 * self.crop_size
        return (shifts * self.shift).clamp(-inside, inside)

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples with ``pred_instances`` in pixels of the image, as in MMPose."""
        coarse = detector_points(self.detector, inputs, data_samples)
        # crops at whole pixels need no resampling
        half = (self.crop_size - 1) / 2
        coarse = (coarse - half).round() + half
        same = torch.eye(2, device=inputs.device).expand(*coarse.shape[:2], 2, 2)
        crops = cut_crops(inputs, coarse, same, self.crop_size)
        found = self.head.predict(self.extract_feat(crops), data_samples)
        for instances, centres, matrices in zip(found, coarse, same, strict=True):
            points = centres.new_tensor(instances.keypoints[0])
            points = to_image(points, centres, matrices, self.crop_size)
            instances.keypoints = points.cpu().numpy()[None]
        return self.add_pred_to_datasample(found, None, data_samples)
