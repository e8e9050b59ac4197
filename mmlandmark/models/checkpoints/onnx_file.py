"""Reads the weights of a model out of its exported ``.onnx`` file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from ...errors import InputError
from ...schemes.parts import get_parts
from ...utils.exported_file import METADATA_KEY, WEIGHT_PREFIX


def read_onnx_checkpoint(path: str | Path) -> dict:
    """The weights in an exported file, as a checkpoint of torch holds them.

    Returns:
        ``state_dict``, in the precision of the file, and ``meta.dataset_meta`` with the
        names of the points or face parts.

    Raises:
        InputError: onnx is not installed, or this package did not write the file.
        FileNotFoundError: There is no such file.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise InputError(
            f'reading the weights of {path} needs onnx: pip install onnx'
        ) from None

    model = onnx.load(path, load_external_data=False)
    state = {}
    for weight in model.graph.initializer:
        if weight.data_location == onnx.TensorProto.EXTERNAL:
            raise InputError(
                f'{path} names another file for its weights: it was refused'
            )
        if weight.name.startswith(WEIGHT_PREFIX):
            values = np.array(numpy_helper.to_array(weight))  # a copy can be written to
            state[weight.name.removeprefix(WEIGHT_PREFIX)] = torch.from_numpy(values)
    if not state:
        raise InputError(
            f'{path} holds no weights that a training or torch can take: export the model '
            'again'
        )
    said = {one.key: one.value for one in model.metadata_props}
    names = _names(json.loads(said.get(METADATA_KEY, '{}')))
    return dict(state_dict=state, meta=dict(dataset_meta=names))


def _names(values: dict) -> dict:
    """The names in the metadata of a file, in the form of MMPose's ``dataset_meta``."""
    if 'parts' in values:
        return dict(classes=list(get_parts(values['parts']).parts))
    points = values.get('scheme', {}).get('points', ())
    return dict(keypoint_id2name=dict(enumerate(points)))
