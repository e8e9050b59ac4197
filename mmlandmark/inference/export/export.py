"""Exports a model of MMPose: one network and, in its file, all that goes with it."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from mmpose.codecs import MSRAHeatmap, RegressionLabel, UDPHeatmap
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import nn

from ...errors import InputError
from ...models.checkpoints.weights import first_convolution
from ...models.estimators.coarse_to_fine import CoarseToFineEstimator
from ...models.heads.fan_heatmap import FANHeatmap
from ...models.heads.heatmap import SoftmaxHeatmapHead
from ...version import __version__
from ..backends.runtimes import ConversionError
from ..backends.stage_network import StageNetwork, convert
from ..exported.cropping import Crop
from ..exported.decoding import Decoding
from ..exported.metadata import FORMAT
from ..exported.model import ExportedModel
from ..pose_model import PoseModel
from .graph import CoarseToFineNetwork, FlippedNetwork
from .precision import check_precision, write_onnx, write_openvino

FORMATS = {'onnx': '.onnx', 'openvino': '.xml'}
PRECISIONS = ('fp32', 'fp16', 'int8')


def export_model(
    model: PoseModel,
    path: Path,
    precision: str = 'fp32',
    images: Sequence[np.ndarray] = (),
) -> None:
    """Write a model as an ``.onnx`` file, or as an ``.xml`` and a ``.bin`` of OpenVINO.

    Its outputs for noise are compared with torch's before anything is written; the file
    is whole or not there.

    Args:
        model: On the CPU, run by torch.
        path: Its suffix says which format.
        precision: Of the weights: ``'fp32'``, ``'fp16'`` (stored; the network computes
            in float32), or ``'int8'`` (OpenVINO).
        images: Inputs ``(C, H, W)`` that int8's ranges are measured on.

    Raises:
        InputError: The model or its pipeline is of a kind that cannot be exported, the
            file cannot be written, or what int8 needs is not installed.
    """
    check_precision(path.suffix, precision, images)
    network, outputs, values = _described(model, precision)
    channels = _channels(model, values['crop'])
    width, height = values['crop']['size']
    example = torch.randn(2, channels, height, width, generator=torch.manual_seed(0))
    text = json.dumps(values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            plain = Path(folder) / 'plain.onnx'
            with torch.no_grad():
                convert(network, example, plain, outputs, batches=True)
            made = Path(folder) / path.name
            if path.suffix == '.xml':
                write_openvino(plain, made, text, precision, images)
            else:
                write_onnx(plain, made, text, precision)
            ExportedModel(made)  # it opens
            for file in sorted(made.parent.glob(f'{made.stem}.*')):
                if file.name != 'plain.onnx':  # the .bin before the .xml
                    os.replace(file, path.with_suffix(file.suffix))
    except OSError as error:
        raise InputError(f'{path} cannot be written: {error.strerror}') from None


def _described(model: PoseModel, precision: str) -> tuple[nn.Module, list[str], dict]:
    """The network, the names of its outputs, and the metadata."""
    pose = model.model
    head = getattr(pose, 'head', None)
    read = _decoding(getattr(head, 'decoder', None))
    if type(pose) not in (TopdownPoseEstimator, CoarseToFineEstimator):
        raise ConversionError(
            f'a {type(pose).__name__} cannot be exported: models of heatmaps or '
            'coordinates and CoarseToFineEstimator can'
        )
    if read is None:
        raise ConversionError(
            f'the points of {type(head).__name__} are read in a way that is not exported'
        )
    decoding = Decoding(**read, spreads=isinstance(head, SoftmaxHeatmapHead))
    outputs = ['coordinates' if decoding.kind == 'coordinates' else 'heatmaps']
    if isinstance(pose, CoarseToFineEstimator):
        network: nn.Module = CoarseToFineNetwork(pose)
        outputs.append('corners')
    else:
        network = _one_stage(model, decoding)
    values = dict(
        format=FORMAT,
        version=__version__,
        scheme=asdict(model.scheme),
        crop=asdict(test_crop(model)),
        decoding=asdict(decoding),
        calibration=model.calibration.to_dict() if model.calibration else None,
        find_boxes='face' if model.finds_faces else None,
        precision=precision,
        source=model.source,
    )
    return network.eval(), outputs, values


def _one_stage(model: PoseModel, decoding: Decoding) -> nn.Module:
    how = model.model.test_cfg or {}
    if not how.get('flip_test'):
        return StageNetwork(model.model)
    if decoding.kind == 'coordinates' or how.get('flip_mode', 'heatmap') != 'heatmap':
        raise ConversionError(
            'flip_test is exported for heatmaps alone: '
            'set model.test_cfg.flip_test=False'
        )
    flip_pairs = list(range(len(model.scheme)))
    for a, b in model.scheme.flip_pairs:
        flip_pairs[a], flip_pairs[b] = b, a
    return FlippedNetwork(model.model, flip_pairs, how.get('shift_heatmap', False))


def _decoding(codec) -> dict | None:
    """The arguments of :class:`Decoding` for a codec; None for one that has none."""
    size = None if codec is None else tuple(int(v) for v in codec.input_size)
    if isinstance(codec, FANHeatmap):
        kind, shift = codec.decoding, float(codec.shift)
        return dict(kind=kind, input_size=size, shift=shift)
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'gaussian':
        return dict(kind='udp', input_size=size, blur=codec.blur_kernel_size)
    if isinstance(codec, MSRAHeatmap):
        kind = 'dark' if codec.unbiased else 'quarter'
        return dict(kind=kind, input_size=size, blur=codec.blur_kernel_size)
    if isinstance(codec, RegressionLabel):
        return dict(kind='coordinates', input_size=size)
    return None


def test_crop(model: PoseModel) -> Crop:
    """What the test pipeline and the preprocessor do.

    Raises:
        ConversionError: They do something that is not exported.
    """
    values: dict = {}
    for step in model.model.cfg.test_dataloader.dataset.pipeline:
        values.update(_STEPS.get(step['type'], _refuse)(step))
    norm = model.model.data_preprocessor
    mean = norm.mean.flatten().tolist() if norm._enable_normalize else [0.0]
    std = norm.std.flatten().tolist() if norm._enable_normalize else [1.0]
    rgb = bool(norm._channel_conversion)
    return Crop(mean=tuple(mean), std=tuple(std), rgb=rgb, **values)


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
        f'the step {step["type"]} of the test pipeline is not exported'
    )


_STEPS = {
    'LoadLandmarkImage': lambda _: {},
    'PackLandmarkInputs': lambda _: {},
    'GetBBoxCenterScale': _box,
    'GetReferenceCrop': lambda _: dict(kind='fan'),
    'TopdownAffine': _affine,
    'RandomGrayscale': _gray,
}


def _channels(model: PoseModel, crop: dict) -> int:
    """Of the input; those of the first convolution, which must be what the crop has."""
    pose = model.model
    _, stem = first_convolution(getattr(pose, 'detector', pose).backbone)
    given = 1 if crop['gray'] else 3
    if stem is None or stem.in_channels != given:
        raise ConversionError(
            f'a network of other than {given} channels is not exported'
        )
    return given
