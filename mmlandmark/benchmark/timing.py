"""Benchmark cases: stock MMPose, this package and its inference backends."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
import contextlib
import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.structures import InstanceData, PixelData
from mmengine.utils.dl_utils import set_multi_processing
from mmpose.apis import inference_topdown, init_model
from mmpose.models import build_pose_estimator
from mmpose.registry import KEYPOINT_CODECS
from mmpose.structures import PoseDataSample

from ..engine.cpu import cpu_has_bf16
from ..errors import InputError
from ..inference import LandmarkDetector
from ..inference.backends.runtimes import usable_cores
from ..models.checkpoints.weights import load_weights
from ..schemes import get_scheme
from .runner import BenchmarkCase, Step


def machine() -> str:
    """One line on the hardware of the measurement, and on its load before."""
    bf16 = 'has' if cpu_has_bf16() else 'no'
    load = (
        f', load before {os.getloadavg()[0]:.1f}' if hasattr(os, 'getloadavg') else ''
    )
    return (
        f'{_cpu_name()}, {usable_cores()} cores, {bf16} bf16, '
        f'{torch.get_num_threads()} threads, torch {torch.__version__}{load}'
    )


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
            if line.startswith('model name'):
                return line.split(':')[1].strip()
    return 'CPU'


def stock_step(config: Config, batch: int) -> Step:
    """A training step of MMPose's HRNetV2 configs: float32, squared error."""
    return _train_step(config, stock_model(config), batch, 'OptimWrapper')


def package_step(config: Config, batch: int) -> Step:
    """A training step of the config: channels-last, and bfloat16 if the CPU has it."""
    kind = 'CpuBf16OptimWrapper' if cpu_has_bf16() else 'OptimWrapper'
    return _train_step(config, config.model, batch, kind, torch.channels_last)


def stock_model(config: Config) -> dict:
    """The network of a config with MMPose's head, loss and width of targets.

    Raises:
        InputError: It is not a one-stage model with heatmaps.
    """
    model = copy.deepcopy(config.model)
    if 'detector' in model or 'loss' not in model.get('head', {}):
        raise InputError('train-step compares models of one stage with a heatmap head')
    head = model.head
    head.pop('scheme', None)
    head.type, head.out_channels = 'HeatmapHead', len(get_scheme(config.scheme))
    head.loss = dict(type='KeypointMSELoss', use_target_weight=True)
    head.decoder.sigma = 2
    return model


def _train_step(
    config: Config,
    model_config: dict,
    batch: int,
    wrapper: str,
    layout: torch.memory_format = torch.contiguous_format,
) -> Step:
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = build_pose_estimator(model_config).to(memory_format=layout)
    model.init_weights()
    model.train()
    how = copy.deepcopy(config.optim_wrapper)
    how.type = wrapper
    optimizer = build_optim_wrapper(model, how)
    data = _batch(model_config, batch)

    def step() -> None:
        model.train_step(data, optimizer)

    return step


def _batch(model_config: dict, size: int) -> dict:
    """A batch of noise with random points; the time of a step does not depend on them."""
    random = np.random.default_rng(0)
    codec = KEYPOINT_CODECS.build(model_config['head']['decoder'])
    width, height = codec.input_size
    channels = len(model_config['data_preprocessor']['mean'])
    points = random.uniform(0.2, 0.8, (size, 1, _points(model_config), 2))
    pictures = random.integers(0, 256, (size, channels, height, width), np.uint8)
    return dict(
        inputs=[torch.from_numpy(picture) for picture in pictures],
        data_samples=[_sample(codec, p * (width, height)) for p in points],
    )


def _points(model_config: dict) -> int:
    head = model_config['head']
    return (
        head['out_channels']
        if 'scheme' not in head
        else len(get_scheme(head['scheme']))
    )


def _sample(codec, points: np.ndarray) -> PoseDataSample:
    encoded = codec.encode(points, np.ones(points.shape[:2], np.float32))
    sample = PoseDataSample()
    sample.gt_instance_labels = InstanceData(
        keypoint_weights=torch.from_numpy(encoded['keypoint_weights'])
    )
    sample.gt_fields = PixelData(heatmaps=torch.from_numpy(encoded['heatmaps']))
    return sample


def stock_inference(config: Config, checkpoint: str | None, images: list[str]) -> Step:
    """A step from an image file to points with MMPose's inference API.

    Without a checkpoint the weights are random.
    """
    config = copy.deepcopy(config)
    metainfo = get_scheme(config.scheme).metainfo()
    config.train_dataloader.dataset.metainfo = metainfo
    model = init_model(config, None, 'cpu', cfg_options={})
    if checkpoint is not None:
        load_weights(model, checkpoint, True)

    def points(path: str) -> np.ndarray:
        # cv2.imread ends the process for a file name that is not UTF-8
        data = np.frombuffer(Path(path).read_bytes(), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if image is None:
            raise InputError(f'OpenCV cannot read {path}, so stock MMPose cannot')
        height, width = image.shape[:2]
        box = np.array([[0, 0, width - 1, height - 1]], np.float32)
        (result,) = inference_topdown(model, image, box)
        return result.pred_instances.keypoints[0]

    return _in_turn(points, images)


def package_inference(
    config: Config, checkpoint: str, images: list[str], backend: str
) -> Step:
    """A step from an image file to points with a :class:`LandmarkDetector`."""
    detector = LandmarkDetector(config, checkpoint, 'cpu', backend)
    return _in_turn(lambda path: detector(path)[0].points, images)


def _in_turn(function: Callable[[str], np.ndarray], images: list[str]) -> Step:
    count = iter(range(sys.maxsize))
    return lambda: function(images[next(count) % len(images)])


def detector_batches(
    source: str, checkpoint: str | None, images: list[str], backend: str, batch: int
) -> Step:
    """A step with a list of images; it returns the points of its first image."""
    detector = LandmarkDetector(source, checkpoint, 'cpu', backend)
    first = iter(range(0, sys.maxsize, batch))

    def points() -> np.ndarray:
        start = next(first)
        chosen = [images[(start + i) % len(images)] for i in range(batch)]
        found = [one[0].points for one in detector(chosen) if one]
        return found[0] if found else np.zeros((0, 2))

    return points


#: A minimal program, run in a new process.
_COLD = """
import sys
from mmlandmark import LandmarkDetector
source, checkpoint, image, backend = sys.argv[1:]
LandmarkDetector(source, checkpoint or None, 'cpu', backend)(image)
"""


def cold_start(source: str, checkpoint: str | None, image: str, backend: str) -> Step:
    """A step from the start of a new Python process to the points of one image.

    Raises:
        InputError: The process fails; the message is its last line.
    """
    command = [sys.executable, '-W', 'ignore', '-c', _COLD]
    command += [source, checkpoint or '', image, backend]

    def start() -> None:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise InputError((done.stderr.strip().splitlines() or ['no output'])[-1])

    return start


def largest_difference(one: BenchmarkCase, other: BenchmarkCase) -> float:
    """Largest distance between the points of two cases on the same images, pixels."""
    return float(
        max(
            np.linalg.norm(np.subtract(a, b), axis=-1).max()
            for a, b in zip(one.values, other.values, strict=True)
        )
    )


def loading(config: Config, workers: int, images: int) -> Step:
    """A step that runs the training pipeline once and returns its number of images."""
    init_default_scope('mmpose')
    # as in a training: forked workers, and no OpenCV threads in them
    set_multi_processing(**config.env_cfg.mp_cfg)
    loader = copy.deepcopy(config.train_dataloader)
    loader.num_workers = workers
    loader.persistent_workers = False
    loader.dataset.indices = images
    built = Runner.build_dataloader(loader, seed=0)
    return lambda: sum(len(batch['inputs']) for batch in built)
