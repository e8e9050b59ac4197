"""Writes a network as an ONNX or OpenVINO file with metadata, at a weight precision."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import InputError
from ..backends.runtimes import METADATA_KEY, ConversionError, openvino_core


def check_precision(suffix: str, precision: str, images: Sequence[np.ndarray]) -> None:
    """Check that a file can be written, before a conversion that takes minutes.

    Args:
        suffix: ``'.onnx'`` or ``'.xml'``.
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.
        images: For int8: inputs on which its ranges are measured.

    Raises:
        InputError: OpenVINO or, for int8, nncf is not installed, or there is no image.
    """
    if suffix == '.xml' and not find_spec('openvino'):
        raise InputError('an .xml file needs openvino: pip install openvino')
    if precision != 'int8':
        return
    if suffix != '.xml':
        raise InputError(
            f'int8 can be written as OpenVINO (.xml) only, not as {suffix}'
        )
    if not find_spec('nncf'):
        raise InputError('int8 needs nncf: pip install nncf')
    if not images:
        raise InputError('int8 needs images to measure its ranges on', images=None)


def convert(
    network: nn.Module, images: Tensor, path: Path, outputs: Sequence[str]
) -> None:
    """Write a network as ONNX, for batches of any size.

    Args:
        network: In evaluation mode.
        images: An example of its input ``(N, C, H, W)``.
        path: Of the ``.onnx`` file.
        outputs: Their names.

    Raises:
        ConversionError: The exporter lacks an operator, or fails otherwise.
    """
    try:
        with _quiet():
            torch.onnx.export(
                network,
                (images,),
                path,
                dynamo=True,
                external_data=False,  # one file
                verbose=False,
                input_names=['images'],
                output_names=list(outputs),
                dynamic_shapes={'images': {0: torch.export.Dim('batch', min=1)}},
            )
    except torch.onnx.OnnxExporterError as error:
        reason = str(error).strip().splitlines()[0]
        raise ConversionError(f'this model cannot be converted: {reason}') from None


@contextlib.contextmanager
def _quiet():
    """Suppress the exporter's output about operators that the model does not use."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')
        yield


def write_onnx(source: Path, target: Path, metadata: str, precision: str) -> None:
    """Copy an ONNX file, adding metadata to its ``metadata_props``.

    Args:
        source: A float32 network.
        target: Another path.
        metadata: JSON.
        precision: ``'fp32'``, or ``'fp16'``: large weights are stored in half precision
            and become float32 when the file is opened.
    """
    import onnx

    model = onnx.load(source)
    if precision == 'fp16':
        _halve(model.graph)
    # the exporter writes stack traces with the paths of source files
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ''
    model.metadata_props.add(key=METADATA_KEY, value=metadata)
    onnx.save(model, target)


def _halve(graph) -> None:
    """Store float32 weights as float16, each followed by a cast to float32."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < 64:
            continue
        name = weight.name
        with np.errstate(over='ignore'):
            half = values.astype(np.float16)
        if not np.isfinite(half).all():
            continue
        weight.CopyFrom(numpy_helper.from_array(half, f'{name}_half'))
        casts.append(
            helper.make_node('Cast', [f'{name}_half'], [name], to=TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def write_openvino(
    source: Path,
    target: Path,
    metadata: str,
    precision: str,
    images: Sequence[np.ndarray] = (),
) -> None:
    """Write an ONNX file as OpenVINO's ``.xml`` and ``.bin``, with metadata in ``rt_info``.

    Args:
        source: A float32 network.
        target: The ``.xml``.
        metadata: JSON.
        precision: ``'fp32'``, ``'fp16'`` (stored, computed in float32) or ``'int8'``.
        images: For int8: inputs ``(C, H, W)`` float32 on which its ranges are measured.
    """
    import openvino

    model = openvino_core().read_model(source)
    if precision == 'int8':
        model = _quantised(model, images)
    model.set_rt_info(metadata, [METADATA_KEY])
    openvino.save_model(model, target, compress_to_fp16=precision == 'fp16')


def _quantised(model, images: Sequence[np.ndarray]):
    import nncf

    data = nncf.Dataset(list(images), lambda image: image[None])
    mixed = nncf.QuantizationPreset.MIXED  # a block's outputs have both signs
    return nncf.quantize(model, data, preset=mixed, subset_size=len(images))
