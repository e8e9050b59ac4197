"""Makes the network and the metadata of an exported file from a model of MMPose."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from dataclasses import asdict, dataclass
from typing import Any

from mmpose.codecs import MSRAHeatmap, RegressionLabel, SimCCLabel, UDPHeatmap
from mmpose.models.heads import RLEHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from ...models.checkpoints.weights import first_convolution
from ...models.estimators.coarse_to_fine import CoarseToFineEstimator
from ...models.estimators.face_depth import FaceDepthEstimator
from ...models.heads.fan_heatmap import FANHeatmap
from ...models.heads.heatmap import SoftmaxHeatmapHead
from ...version import __version__
from ..backends.runtimes import ConversionError
from ..exported.cropping import Crop
from ..exported.decoding import Decoding
from ..exported.metadata import FORMAT
from ..pose_model import PoseModel
from .graph import (
    CoarseToFineNetwork,
    FlipTTANetwork,
    RegressionNetwork,
    SimCCNetwork,
    StageNetwork,
)

_EXPORTED = TopdownPoseEstimator, FaceDepthEstimator, CoarseToFineEstimator


@dataclass
class ExportGraph:
    """A model as it is exported.

    Attributes:
        network: A function from images ``(N, C, H, W)`` to the outputs, in evaluation mode.
        input_shape: ``(C, H, W)``.
        outputs: Names of the outputs, in their order.
        metadata: All keys but ``precision``; see :mod:`~..exported.model`.
        state: The state dict of the model.
        names: Name of each tensor of the network to its name in ``state``.
    """

    network: nn.Module
    input_shape: tuple[int, int, int]
    outputs: list[str]
    metadata: dict
    state: dict[str, Tensor]
    names: dict[str, str]


def describe(model: PoseModel) -> ExportGraph:
    """The network and the metadata of a model.

    Raises:
        ConversionError: The model or its test pipeline cannot be exported.
    """
    pose = model.model
    head = getattr(pose, 'head', None)
    read = _decoding(getattr(head, 'decoder', None))
    if type(pose) not in _EXPORTED:
        known = ', '.join(kind.__name__ for kind in _EXPORTED)
        raise ConversionError(
            f'a {type(pose).__name__} cannot be exported; these can: {known}'
        )
    if read is None:
        raise ConversionError(
            f'a model with {type(head).__name__} cannot be exported: its decoder is not '
            'one of MSRAHeatmap, UDPHeatmap, FANHeatmap, RegressionLabel, and SimCCLabel '
            'without use_dark'
        )
    decoding = Decoding(**read, spreads=isinstance(head, SoftmaxHeatmapHead))
    if isinstance(pose, CoarseToFineEstimator):
        network: nn.Module = CoarseToFineNetwork(pose)
        outputs = ['heatmaps', 'corners']
    else:
        network, outputs = _one_stage(model, decoding)
    crop = test_crop(model)
    width, height = crop.size
    metadata = dict(
        format=FORMAT,
        version=__version__,
        scheme=asdict(model.scheme),
        crop=asdict(crop),
        decoding=asdict(decoding),
        calibration=model.calibration.to_dict() if model.calibration else None,
        find_boxes='face' if model.finds_faces else None,
        depth='face_shape' if isinstance(pose, FaceDepthEstimator) else None,
        source=model.source,
    )
    shape = (_channels(model, crop), height, width)
    return export_graph(network, pose, shape, outputs, metadata)


def export_graph(
    network: nn.Module, model: nn.Module, shape, outputs, metadata
) -> ExportGraph:
    """An :class:`ExportGraph` of a network that is made of the modules of a model."""
    state = model.state_dict(keep_vars=True)
    own = {id(tensor): name for name, tensor in state.items()}
    tensors = (*network.named_parameters(), *network.named_buffers())
    names = {name: own[id(one)] for name, one in tensors if id(one) in own}
    state = {name: tensor.detach() for name, tensor in state.items()}
    return ExportGraph(network.eval(), shape, outputs, metadata, state, names)


def _one_stage(model: PoseModel, decoding: Decoding) -> tuple[nn.Module, list[str]]:
    """The network of one stage, with its flip TTA, and the names of its outputs."""
    pose = model.model
    test_cfg = pose.test_cfg or {}
    flips = model.scheme.flip_indices() if test_cfg.get('flip_test') else None
    if isinstance(pose.head.decoder, SimCCLabel):
        return SimCCNetwork(pose, flips), ['coordinates', 'scores']
    if decoding.kind == 'coordinates':
        shifted = test_cfg.get('shift_coords', True)
        shift = 1 / decoding.input_size[0] if shifted else 0.0
        scores = ['scores'] if isinstance(pose.head, RLEHead) else []
        return RegressionNetwork(pose, flips, shift), ['coordinates', *scores]
    if flips is None:
        return StageNetwork(pose), ['heatmaps']
    if test_cfg.get('flip_mode', 'heatmap') != 'heatmap':
        raise ConversionError(
            f'flip_mode={test_cfg["flip_mode"]!r} cannot be exported: '
            'set model.test_cfg.flip_test=False'
        )
    shift_heatmap = test_cfg.get('shift_heatmap', False)
    return FlipTTANetwork(pose, flips, shift_heatmap), ['heatmaps']


def _decoding(codec) -> dict | None:
    """The arguments of :class:`Decoding` for a codec; None for an unknown codec."""
    size = None if codec is None else tuple(int(v) for v in codec.input_size)
    if isinstance(codec, FANHeatmap):
        kind, shift = codec.decoding, float(codec.shift)
        return dict(kind=kind, input_size=size, shift=shift)
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'gaussian':
        return dict(kind='udp', input_size=size, blur=codec.blur_kernel_size)
    if isinstance(codec, MSRAHeatmap):
        kind = 'dark' if codec.unbiased else 'quarter'
        return dict(kind=kind, input_size=size, blur=codec.blur_kernel_size)
    plain_simcc = isinstance(codec, SimCCLabel) and not (
        codec.use_dark or codec.decode_visibility
    )
    if isinstance(codec, RegressionLabel) or plain_simcc:
        return dict(kind='coordinates', input_size=size)
    return None


def test_crop(model: PoseModel) -> Crop:
    """The preprocessing of the test pipeline and of the data preprocessor.

    Raises:
        ConversionError: A step cannot be exported.
    """
    values: dict = {}
    for step in model.model.cfg.test_dataloader.dataset.pipeline:
        values.update(_STEPS.get(step['type'], _refuse)(step))
    return Crop(**values, **normalisation(model.model))


def normalisation(model: nn.Module) -> dict:
    """The arguments of :class:`Crop` for a model's data preprocessor."""
    norm: Any = model.data_preprocessor
    mean, std = [0.0], [1.0]
    if norm._enable_normalize:
        mean, std = norm.mean.flatten().tolist(), norm.std.flatten().tolist()
    swaps = '_channel_conversion', 'channel_conversion'  # MMPose, mmsegmentation
    rgb = any(getattr(norm, name, False) for name in swaps)
    return dict(mean=tuple(mean), std=tuple(std), rgb=rgb)


def _box(step: dict) -> dict:
    return dict(kind='box', padding=float(step.get('padding', 1.25)))


def _affine(step: dict) -> dict:
    size = tuple(int(v) for v in step['input_size'])
    return dict(size=size, udp=bool(step.get('use_udp', False)))


def _gray(step: dict) -> dict:
    if step.get('prob', 0.1) != 1 or step.get('keep_channels'):
        return _refuse(step)
    return dict(gray=tuple(step.get('channel_weights', (1.0, 1.0, 1.0))))


def _refuse(step: dict) -> dict:
    raise ConversionError(
        f'the step {step["type"]} of the test pipeline cannot be exported'
    )


_STEPS = {
    **dict.fromkeys(
        ('LoadLandmarkImage', 'LoadImage', 'PackLandmarkInputs', 'PackPoseInputs'),
        lambda _: {},
    ),
    'GetBBoxCenterScale': _box,
    'GetReferenceCrop': lambda _: dict(kind='fan'),
    'TopdownAffine': _affine,
    'RandomGrayscale': _gray,
}


def _channels(model: PoseModel, crop: Crop) -> int:
    """Channels of the network's input; the first convolution must take as many."""
    pose = model.model
    _, stem = first_convolution(getattr(pose, 'detector', pose).backbone)
    channels = 1 if crop.gray else 3
    if stem is None or stem.in_channels != channels:
        raise ConversionError(
            f'the network does not take the {channels} channels that the test pipeline '
            'makes: it cannot be exported'
        )
    return channels
