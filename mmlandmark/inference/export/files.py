"""Writes a network as an ONNX or OpenVINO file with metadata, at a weight precision."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import InputError
from ...utils.exported_file import METADATA_KEY, WEIGHT_PREFIX
from ..backends.runtimes import ConversionError, openvino_core


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
    network: nn.Module,
    images: Tensor,
    path: Path,
    outputs: Sequence[str],
    names: Mapping[str, str],
) -> None:
    """Write a network as ONNX, for batches of any size.

    Weights stay as they are: batch normalisation is fused by the runtime that opens the
    file, so that a training can start from it.

    Args:
        network: The network in evaluation mode.
        images: An example of its input ``(N, C, H, W)``.
        path: The ``.onnx`` file.
        outputs: Names of the outputs.
        names: Name of each tensor of the network to its name in the state dict of the
            model.

    Raises:
        ConversionError: The exporter lacks an operator, or fails otherwise.
    """
    try:
        with _quiet():
            program = torch.onnx.export(
                network,
                (images,),
                dynamo=True,
                optimize=False,  # it fuses and renames weights
                verbose=False,
                input_names=['images'],
                output_names=list(outputs),
                # a named Dim must not exclude 1, which torch 2.9 does for any network
                dynamic_shapes={'images': {0: torch.export.Dim.DYNAMIC}},
            )
    except torch.onnx.OnnxExporterError as error:
        reason = str(error).strip().splitlines()[0]
        raise ConversionError(f'this model cannot be converted: {reason}') from None
    assert program is not None
    for name, own in names.items():
        if name in program.model.graph.initializers:
            program.model.graph.initializers[name].name = WEIGHT_PREFIX + own
    _fold_constants(program.model)
    program.save(path)


def _fold_constants(model) -> None:
    """Compute what depends neither on the images nor on weights; drop what is unused."""
    from onnx_ir.passes import common
    from onnxscript.optimizer import fold_constants

    def of_weights(node) -> bool | None:
        named = (str(value.name) for value in node.inputs if value is not None)
        return False if any(name.startswith(WEIGHT_PREFIX) for name in named) else None

    common.InlinePass()(model)
    fold_constants(model, onnx_shape_inference=True, should_fold=of_weights)
    for tidy in (
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.CommonSubexpressionEliminationPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    ):
        tidy(model)


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


def write_onnx(
    source: Path,
    target: Path,
    metadata: str,
    precision: str,
    state: Mapping[str, Tensor],
) -> None:
    """Copy an ONNX file, adding metadata and the weights that its network does not use.

    Args:
        source: A float32 network that :func:`convert` wrote.
        target: Another path.
        metadata: JSON, for ``metadata_props``.
        precision: ``'fp32'``, or ``'fp16'``: weights are stored in half precision and
            become float32 when the file is opened.
        state: The state dict of the model. What the network does not use is added: the file
            holds all that a training starts from.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    held = {weight.name for weight in model.graph.initializer}
    for name, value in state.items():
        if name.endswith('num_batches_tracked'):
            continue  # torch counts from 0 then; hundreds of them make opening slower
        if (name := WEIGHT_PREFIX + name) not in held:
            model.graph.initializer.append(
                numpy_helper.from_array(value.cpu().numpy(), name)
            )
    if precision == 'fp16':
        _halve(model.graph)
    # the exporter writes stack traces with the paths of source files
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ''
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        value.doc_string = ''
        del value.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=metadata)
    onnx.save(model, target)


def _halve(graph) -> None:
    """Store float32 weights as float16, each followed by a cast to float32.

    Vectors, which are small, keep their type: a cast of each would make opening slower.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = {}
    for weight in graph.initializer:
        name = weight.name
        is_matrix = weight.data_type == TensorProto.FLOAT and len(weight.dims) > 1
        if not is_matrix or not name.startswith(WEIGHT_PREFIX):
            continue
        with np.errstate(over='ignore'):
            half = numpy_helper.to_array(weight).astype(np.float16)
        if not np.isfinite(half).all():
            continue
        weight.CopyFrom(numpy_helper.from_array(half, name))
        full = name.removeprefix(WEIGHT_PREFIX)
        casts[name] = helper.make_node('Cast', [name], [full], to=TensorProto.FLOAT)
    used = {name for node in graph.node for name in node.input}
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in casts:
                node.input[i] = casts[name].output[0]
    nodes = [*(cast for name, cast in casts.items() if name in used), *graph.node]
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
