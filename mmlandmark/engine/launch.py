"""Precision and distributed processes of a run."""

from __future__ import annotations

import atexit
import os

import torch
from mmengine.config import Config

from ..errors import InputError
from .cpu import cpu_has_bf16


def use_bf16(config: Config) -> str | None:
    """Train and validate with bf16 autocast on a CPU.

    Returns:
        None, or the reason why the config was left unchanged.
    """
    if torch.cuda.is_available():
        return 'bf16 is for CPUs; on a GPU set optim_wrapper.type=AmpOptimWrapper'
    if not cpu_has_bf16():
        return 'bf16 left out: on this CPU bfloat16 is slower than float32'
    config.optim_wrapper.type = 'CpuBf16OptimWrapper'
    config.val_cfg.fp16 = True  # the loop's autocast uses bfloat16 on a CPU
    return None


def launch(config: Config, launcher: str) -> None:
    """Start distributed processes; on CPUs with gloo, which MMEngine cannot set up.

    Args:
        config: Its ``launcher``, and on CPUs its model wrapper, are set.
        launcher: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        InputError: The launcher needs torchrun, or GPUs.
    """
    config.launcher = launcher
    os.environ.setdefault('LOCAL_RANK', '0')
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise InputError(
            'launcher pytorch needs torchrun: torchrun --nproc-per-node N SCRIPT ...'
        )
    if launcher == 'none' or torch.cuda.is_available():
        return
    if launcher == 'slurm':
        raise InputError('launcher slurm needs GPUs: on CPUs use torchrun and pytorch')
    torch.distributed.init_process_group('gloo')
    # gloo's threads abort the process if they are still running at its exit
    atexit.register(torch.distributed.destroy_process_group)
    config.model_wrapper_cfg = dict(
        type='CpuDistributedDataParallel', broadcast_buffers=False
    )
