"""Seeding by epoch, so that a resumed training repeats the interrupted one."""

from __future__ import annotations

import random

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import FUNCTIONS, HOOKS


@HOOKS.register_module()
class SeedEpochHook(Hook):
    """Seed every epoch by its number, so that a resumed run draws the same numbers.

    MMEngine seeds once, and again each time a data-loading worker starts. Use this hook
    with ``worker_init_fn=dict(type='seed_worker')`` and without persistent workers.
    """

    def before_train_epoch(self, runner) -> None:
        """Seed Python, NumPy and PyTorch from the seed, the epoch and the rank."""
        sequence = np.random.SeedSequence((runner.seed, runner.epoch, get_rank()))
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)


@FUNCTIONS.register_module()
def seed_worker(worker_id: int) -> None:
    """Seed a data-loading worker from PyTorch's seed, which depends on the epoch."""
    seed = torch.initial_seed() % 2**32  # already includes the worker's number
    random.seed(seed)
    np.random.seed(seed)
    torch.set_num_threads(1)
