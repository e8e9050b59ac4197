"""Writes a converted network with its metadata, its weights as precise as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...errors import InputError
from ..backends.runtimes import METADATA_KEY, openvino_core


def check_precision(suffix: str, precision: str, images: Sequence[np.ndarray]) -> None:
    """Say what is missing for a file before a network is converted for minutes.

    Args:
        suffix: ``'.onnx'`` or ``'.xml'``.
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.
        images: What int8's ranges are to be measured on.

    Raises:
        InputError: OpenVINO or, for int8, nncf is not installed, or there is no image.
    """
    if suffix == '.xml' and not find_spec('openvino'):
        raise InputError('an .xml file needs openvino: pip install openvino')
    if precision != 'int8':
        return
    if suffix != '.xml':
        raise InputError('int8 is only for OpenVINO, an .xml file')
    if not find_spec('nncf'):
        raise InputError('int8 needs nncf: pip install nncf')
    if not images:
        raise InputError('int8 measures its ranges on images: give some', images=None)


def write_onnx(source: Path, target: Path, metadata: str, precision: str) -> None:
    """Copy an ONNX file, with metadata in its ``metadata_props``.

    Args:
        source: A float32 network.
        target: Another path.
        metadata: A text.
        precision: ``'fp32'``, or ``'fp16'``: large weights are stored in half precision
            and become float32 when the file is opened.
    """
    import onnx

    model = onnx.load(source)
    if precision == 'fp16':
        _halve(model.graph)
    # what the exporter says of the code it came from, paths and all, is no one's business
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ''
    model.metadata_props.add(key=METADATA_KEY, value=metadata)
    onnx.save(model, target)


def _halve(graph) -> None:
    """Store float32 weights as float16, each behind a cast back."""
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
    """Write an ONNX file as OpenVINO's ``.xml`` and ``.bin``, metadata in its ``rt_info``.

    Args:
        source: A float32 network.
        target: The ``.xml``.
        metadata: A text.
        precision: ``'fp32'``, ``'fp16'`` (stored, computed in float32) or ``'int8'``.
        images: For int8: inputs ``(C, H, W)`` float32 that its ranges are measured on.
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
    mixed = nncf.QuantizationPreset.MIXED  # what comes out of a block has both signs
    return nncf.quantize(model, data, preset=mixed, subset_size=len(images))
