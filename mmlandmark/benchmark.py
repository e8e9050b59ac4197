"""Speed and memory of sides that do the same work: stock MMPose, ours, other backends.

Each side lives in a process of its own, so that its peak of memory is its own, and the
sides take turns in blocks, so that a slow minute of the machine slows them all.
"""

from __future__ import annotations

import contextlib
import copy
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
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

from .engine import cpu_has_bf16
from .errors import InputError
from .inference import LandmarkDetector
from .schemes import get_scheme

Step = Callable[[], object]


@dataclass
class Side:
    """One of the things that are compared.

    Attributes:
        name: For the table.
        build: A function of the module, called in the side's own process.
        arguments: What it is called with; it returns the step that is timed.
        seconds: Of each step, filled by :func:`measure`.
        values: What each step returned.
        peak_mb: Largest resident memory of the process, or of one it started.
    """

    name: str
    build: Callable[..., Step]
    arguments: dict
    seconds: list[float] = field(default_factory=list)
    values: list = field(default_factory=list)
    peak_mb: float = 0.0

    def row(self, reference: Side) -> dict:
        """Median and quartiles in ms, the ratio to another side's median, the peak."""
        low, median, high = np.quantile(self.seconds, (0.25, 0.5, 0.75))
        return {
            '': self.name,
            'ms': float(median * 1000),
            'quartiles': f'{low * 1000:.1f} to {high * 1000:.1f}',
            'times': len(self.seconds),
            'ratio': float(np.median(reference.seconds) / median),
            'peak MB': round(self.peak_mb),
        }


def measure(sides: Sequence[Side], blocks: int, steps: int) -> None:
    """Let the sides take turns; the first step of a block is not counted.

    Args:
        sides: Their results are filled in.
        blocks: Turns of each side.
        steps: Counted steps in a turn.

    Raises:
        InputError: A side cannot be built; its own error.
    """
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(_worker(side)) for side in sides]
        for _ in range(blocks):
            for side, pipe in zip(sides, workers, strict=True):
                pipe.send(steps)
                seconds, values = _answer(pipe)
                side.seconds += seconds
                side.values += values
        for side, pipe in zip(sides, workers, strict=True):
            pipe.send(None)
            side.peak_mb = _answer(pipe)


@contextlib.contextmanager
def _worker(side: Side):
    """The pipe to a process that has built the side."""
    context = get_context('spawn')
    ours, theirs = context.Pipe()
    # no daemon: a data loader starts processes of its own
    process = context.Process(target=_serve, args=(theirs, side.build, side.arguments))
    process.start()
    theirs.close()
    try:
        _answer(ours)
        yield ours
    finally:
        ours.close()  # which ends the process
        process.join()


def _answer(pipe):
    try:
        answer = pipe.recv()
    except EOFError:
        raise RuntimeError('a process that was measured has died') from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _serve(pipe, build: Callable[..., Step], arguments: dict) -> None:
    """Build a side, then run as many steps as asked for, until told to stop."""
    # building models is talkative
    warnings.simplefilter('ignore')
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            step = build(**arguments)
            pipe.send('built')
            while (steps := pipe.recv()) is not None:
                pipe.send(_block(step, steps))
            del step
            pipe.send(_peak_mb())
        except EOFError:
            pass  # the other end is gone
        except Exception as error:
            # not every exception can be sent
            own = isinstance(error, (InputError, OSError))
            pipe.send(
                error if own else RuntimeError(f'{type(error).__name__}: {error}')
            )


def _block(step: Step, steps: int) -> tuple[list[float], list]:
    step()
    seconds, values = [], []
    for _ in range(steps):
        start = time.perf_counter()
        values.append(step())
        seconds.append(time.perf_counter() - start)
    return seconds, values


def _peak_mb() -> float:
    whom = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whom)
    return peak / (2**20 if sys.platform == 'darwin' else 2**10)


def machine() -> str:
    """One line about what the figures were measured on, and whether it was in use."""
    bf16 = 'has' if cpu_has_bf16() else 'no'
    load = os.getloadavg()[0]
    return (
        f'{_cpu_name()}, {len(os.sched_getaffinity(0))} cores, {bf16} bf16, '
        f'{torch.get_num_threads()} threads, torch {torch.__version__}, '
        f'load before {load:.1f}'
    )


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
            if line.startswith('model name'):
                return line.split(':')[1].strip()
    return 'CPU'


def stock_step(config: Config, batch: int) -> Step:
    """A training step as MMPose's own HRNetV2 configs make it: float32, squared error."""
    return _train_step(config, stock_model(config), batch, 'OptimWrapper')


def our_step(config: Config, batch: int) -> Step:
    """The config's own step: channels-last, bfloat16 where the CPU has it."""
    kind = 'CpuBf16OptimWrapper' if cpu_has_bf16() else 'OptimWrapper'
    return _train_step(config, config.model, batch, kind, torch.channels_last)


def stock_model(config: Config) -> dict:
    """The config's network with MMPose's own head, loss and width of targets.

    Raises:
        InputError: It is no model of one stage with heatmaps.
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
    """Noise for pictures and points anywhere: what a step takes does not depend on it."""
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


def stock_inference(config: Config, checkpoint: str, images: list[str]) -> Step:
    """Each image in turn from its file to points, as MMPose's users are told to."""
    config = copy.deepcopy(config)
    metainfo = get_scheme(config.scheme).metainfo()
    config.train_dataloader.dataset.metainfo = metainfo
    model = init_model(config, checkpoint, 'cpu', cfg_options={})

    def points(path: str) -> np.ndarray:
        image = cv2.imread(path)
        if image is None:
            raise InputError(f'OpenCV cannot read {path}, so stock MMPose cannot')
        height, width = image.shape[:2]
        box = np.array([[0, 0, width - 1, height - 1]], np.float32)
        (result,) = inference_topdown(model, image, box)
        return result.pred_instances.keypoints[0]

    return _in_turn(points, images)


def our_inference(
    config: Config, checkpoint: str, images: list[str], backend: str
) -> Step:
    """The same with a :class:`LandmarkDetector`."""
    detector = LandmarkDetector(config, checkpoint, 'cpu', backend)
    return _in_turn(lambda path: detector(path)[0].points, images)


def _in_turn(function: Callable[[str], np.ndarray], images: list[str]) -> Step:
    count = iter(range(sys.maxsize))
    return lambda: function(images[next(count) % len(images)])


def largest_difference(one: Side, other: Side) -> float:
    """Between the points of two sides that saw the same images, pixels of the image."""
    return float(
        max(
            np.linalg.norm(np.subtract(a, b), axis=-1).max()
            for a, b in zip(one.values, other.values, strict=True)
        )
    )


def loading(config: Config, workers: int, images: int) -> Step:
    """One pass over the training pipeline, which returns how many images it gave."""
    init_default_scope('mmpose')
    # as a training sets it: workers are forked, and OpenCV in them starts no threads
    set_multi_processing(**config.env_cfg.mp_cfg)
    loader = copy.deepcopy(config.train_dataloader)
    loader.num_workers = workers
    loader.persistent_workers = False
    loader.dataset.indices = images
    built = Runner.build_dataloader(loader, seed=0)
    return lambda: sum(len(batch['inputs']) for batch in built)
