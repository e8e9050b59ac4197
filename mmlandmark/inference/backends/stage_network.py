"""A compiled network in the place of a model's own; all around it stays the same code.

Pictures are prepared, cropped and decoded as with torch, so the points agree with torch's.
"""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
import contextlib
import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from mmengine.model import BaseModel
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from ...errors import InputError
from ...models.checkpoints.weights import first_convolution
from ...models.estimators.coarse_to_fine import CropHeatmapHead
from ...utils.checksum import sha256
from ...version import __version__
from .runtimes import ConversionError, cache_folder, checked_backend, open_network

#: Runs a network of one input and one output.
Run = Callable[[np.ndarray], np.ndarray]


def checked_device(backend: str, device: str | None) -> str:
    """The device a detector runs on.

    Args:
        backend: One of ``BACKENDS`` but ``'auto'``.
        device: As the user names it; None for a GPU where the backend has a use for one.

    Raises:
        InputError: No such backend, it is not installed, or it does not run there.
    """
    if checked_backend(backend) == 'torch':
        return device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
    missing = [m for m in (backend, 'onnx', 'onnxscript') if not find_spec(m)]
    if missing:
        raise InputError(
            f'backend {backend!r} needs {", ".join(missing)}: '
            "pip install 'mmlandmark[fast]'"
        )
    if device not in (None, 'cpu'):
        raise InputError(f'backend {backend!r} runs on the CPU, not on {device!r}')
    return 'cpu'


def move_to(model: nn.Module, device: str) -> None:
    """Put a model where it is to run.

    Raises:
        InputError: There is no such device, or torch was built without it.
    """
    try:
        model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f'device {device!r} cannot be used: {reason}') from None


def use_backend(model: BaseModel, backend: str, checkpoint: str | Path) -> None:
    """Let a compiled network stand for the network of each stage of a model.

    A stage's network is its backbone, neck and head up to the heatmaps. Converting one
    takes seconds to a minute, so it is kept in :func:`cache_folder`. It computes in
    float32: bfloat16 is twice as fast and moves points, by up to 0.7 pixels of a
    1935x2400 film (0.07 mm).

    Args:
        model: As MMPose's ``init_model`` makes it, on the CPU, its weights loaded.
        backend: ``'openvino'`` or ``'onnxruntime'``.
        checkpoint: The file the weights are from.

    Raises:
        InputError: A network cannot be converted, or the result cannot be kept.
    """
    key = _key(model, checkpoint)
    stages = [m for m in model.modules() if isinstance(m, TopdownPoseEstimator)]
    for number, stage in enumerate(stages):
        path = cache_folder() / f'{key}_{number}.onnx'
        run = _prepare(StageNetwork(stage), _input_shape(stage), path, backend)
        # MMPose's own predict calls these two, one with the result of the other
        stage.extract_feat = _batches(run, _input_shape(stage))
        stage.head.forward = _unchanged


@contextlib.contextmanager
def one_torch_thread():
    """Torch's idle threads wait busily for some ms, in the way of a compiled network's.

    What torch still does around one is small. Torch keeps the number for the process: of
    several callers at once the first one finds the usual number, and each puts it back.
    """
    with _LOCK:
        if not _inside:
            _usual[:] = [torch.get_num_threads()]
        _inside.append(True)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        with _LOCK:
            _inside.pop()
            torch.set_num_threads(*_usual)


_LOCK = Lock()
_inside: list[bool] = []
_usual: list[int] = []


class StageNetwork(nn.Module):
    """Normalised images ``(N, C, H, W)`` to heatmaps, float32, of one stage alone."""

    def __init__(self, stage: TopdownPoseEstimator):
        super().__init__()
        self.backbone = stage.backbone
        self.neck = stage.neck if stage.with_neck else nn.Identity()
        self.head = stage.head

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.neck(self.backbone(images)))


def _unchanged(heatmaps: Tensor) -> Tensor:
    return heatmaps


def _input_shape(stage: TopdownPoseEstimator) -> tuple[int, int, int, int]:
    """Of the smallest batch: one image, or the crops of one image."""
    head = stage.head
    crops = len(head.names) if isinstance(head, CropHeatmapHead) else 1
    _, stem = first_convolution(stage.backbone)
    assert stem is not None  # no backbone of images is without
    width, height = head.decoder.input_size
    return crops, stem.in_channels, int(height), int(width)


def _key(model: BaseModel, checkpoint: str | Path) -> str:
    """Changes with the weights, with what is built around them, and with who converts."""
    parts = (
        sha256(checkpoint),
        repr(model.cfg.model.to_dict()),
        __version__,
        torch.__version__,
    )
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:32]


@torch.no_grad()
def _prepare(network: nn.Module, shape: tuple, path: Path, backend: str) -> Run:
    """Open a network that was converted before, or convert it."""
    network.eval()
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    expected = network(images).numpy()
    if path.is_file():
        run = _only_output(path, backend)
        if _agree(run(images.numpy()), expected):
            return run
    convert(network, images, path)
    run = _only_output(path, backend)
    if not _agree(run(images.numpy()), expected):
        raise ConversionError('the converted network differs from the model: use torch')
    return run


def _only_output(path: Path, backend: str) -> Run:
    run, _ = open_network(path, backend)
    return lambda images: next(iter(run(images).values()))


def _agree(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether heatmaps are the same but for rounding; a wrong network is not used."""
    tolerance = 1e-3 * float(np.abs(expected).max())
    return found.shape == expected.shape and np.allclose(
        found, expected, rtol=0, atol=tolerance
    )


def convert(
    network: nn.Module,
    images: Tensor,
    path: Path,
    outputs: Sequence[str] = (),
    batches: bool = False,
) -> None:
    """Write a network as ONNX; another process never sees half of it.

    Args:
        network: In evaluation mode.
        images: An example of its input.
        path: Where.
        outputs: Their names; by default the exporter's.
        batches: Whether the first dimension of the input may be any.

    Raises:
        InputError: It cannot be written, or, as :class:`ConversionError`, not converted.
    """
    dynamic = {'images': {0: torch.export.Dim('batch', min=1)}} if batches else None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            with _quiet():
                torch.onnx.export(
                    network,
                    (images,),
                    made,
                    dynamo=True,
                    external_data=False,  # one file
                    verbose=False,
                    input_names=['images'],
                    output_names=list(outputs) or None,
                    dynamic_shapes=dynamic,
                )
            os.replace(made, path)
    except OSError as error:
        raise InputError(
            f'converted networks cannot be kept in {path.parent} ({error.strerror}): '
            'set MMLANDMARK_CACHE to a folder that can be written'
        ) from None
    except torch.onnx.OnnxExporterError as error:
        reason = str(error).strip().splitlines()[0]
        raise ConversionError(f'this model cannot be converted: {reason}') from None


@contextlib.contextmanager
def _quiet():
    """Without the exporter's talk of operators it has no use for."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')
        yield


def _batches(run: Run, shape: tuple) -> Callable[[Tensor], Tensor]:
    """Takes a batch of any size to a network that was compiled for one."""

    def network(images: Tensor) -> Tensor:
        parts = images.contiguous().numpy().reshape(-1, *shape)
        return torch.from_numpy(np.concatenate([run(part) for part in parts]))

    return network
