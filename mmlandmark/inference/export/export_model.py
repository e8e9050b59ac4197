"""Exports a model as one file: its network as a graph, and its description."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from ...errors import InputError
from ..backends.runtimes import ConversionError, open_network, runtime_for
from ..exported.model import ExportedModel
from ..exported.parser import ExportedParser
from ..pose_model import PoseModel
from ..torch_parser import TorchParser
from .describe import ExportGraph, describe
from .files import check_precision, convert, write_onnx, write_openvino

FORMATS = {'onnx': '.onnx', 'openvino': '.xml'}
PRECISIONS = ('fp32', 'fp16', 'int8')


def export_model(
    model: PoseModel | TorchParser,
    path: Path,
    precision: str = 'fp32',
    images: Sequence[np.ndarray] = (),
) -> None:
    """Write a model as an ``.onnx`` file, or as OpenVINO's ``.xml`` and ``.bin``.

    The outputs of the converted network for random inputs are compared with torch's before
    anything is written. The file is written whole or not at all.

    Args:
        model: A model of landmarks or face parts, on the CPU.
        path: Its suffix selects the format.
        precision: Precision of the weights: ``'fp32'``, ``'fp16'`` (stored; the network
            computes in float32), or ``'int8'`` (OpenVINO).
        images: For int8: inputs ``(C, H, W)`` on which the ranges are measured.

    Raises:
        InputError: The file cannot be written, or a package that the format or the
            precision needs is not installed; :class:`ConversionError` where the model or
            its pipeline cannot be exported.
    """
    check_precision(path.suffix, precision, images)
    graph, opens = _described(model)
    if path.suffix != '.onnx' and opens is ExportedParser:
        raise ConversionError('face parts are exported as .onnx only')
    text = json.dumps(dict(graph.metadata, precision=precision))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            plain = Path(folder) / 'plain.onnx'
            _convert_checked(graph, plain)
            made = Path(folder) / 'made' / path.name
            made.parent.mkdir()
            if path.suffix == '.xml':
                write_openvino(plain, made, text, precision, images)
            else:
                write_onnx(plain, made, text, precision, graph.state)
            opens(made)  # raises if it does not open
            for file in sorted(made.parent.iterdir()):  # the .bin before the .xml
                os.replace(file, path.with_suffix(file.suffix))
    except OSError as error:
        raise InputError(f'{path} cannot be written: {error.strerror}') from None


def _described(model: PoseModel | TorchParser) -> tuple[ExportGraph, type]:
    """The graph that is exported, and the class that opens the file."""
    if isinstance(model, PoseModel):
        return describe(model), ExportedModel
    # imported here, as mmsegmentation is optional
    from .describe_parts import describe_parts

    return describe_parts(model), ExportedParser


@torch.no_grad()
def _convert_checked(graph: ExportGraph, path: Path) -> None:
    """Convert a network and compare its outputs with torch's."""
    images = torch.randn(2, *graph.input_shape, generator=torch.manual_seed(0))
    convert(graph.network, images, path, graph.outputs, graph.names)
    expected = graph.network(images)
    if isinstance(expected, torch.Tensor):
        expected = (expected,)
    run, _ = open_network(path, runtime_for(path, 'auto'))
    found = run(images.numpy())
    wanted = {n: e.numpy() for n, e in zip(graph.outputs, expected, strict=True)}
    if not _agree(found, wanted):
        raise ConversionError('the converted network gives other outputs than torch')


def _agree(found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> bool:
    """Whether outputs differ from torch's by rounding only."""
    if any(found[name].shape != wanted[name].shape for name in wanted):
        return False
    points, corners = next(iter(wanted)), wanted.get('corners')
    compared = np.ones(wanted[points].shape[:2], bool)
    if corners is not None:
        # rounding can move the maximum of a nearly flat heatmap, and the crop with it
        compared = (found['corners'] == corners).all(axis=2)
    tolerance = 1e-3 * float(np.abs(wanted[points]).max())
    apart = np.abs(found[points] - wanted[points])[compared]
    if (scores := wanted.get('scores')) is not None:
        # likewise, two values of a distribution can be nearly equal
        off = np.abs(found['scores'] - scores).max()
        return bool(off <= 1e-3 and (apart <= tolerance).mean() > 0.95)
    return bool(compared.mean() > 0.5 and apart.max() <= tolerance)
