"""Training on CPUs: bfloat16 autocast and data parallelism."""

from __future__ import annotations

from contextlib import contextmanager

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import MODEL_WRAPPERS, OPTIM_WRAPPERS


def cpu_has_bf16() -> bool:
    """Whether the CPU has bfloat16 instructions; without them bf16 is slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@OPTIM_WRAPPERS.register_module()
class CpuBf16OptimWrapper(OptimWrapper):
    """Training with bf16 autocast on a CPU, which ``AmpOptimWrapper`` does not support."""

    @contextmanager
    def optim_context(self, model: torch.nn.Module):
        """Autocast in addition to the gradient accumulation of ``OptimWrapper``."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


@MODEL_WRAPPERS.register_module()
class CpuDistributedDataParallel(MMDistributedDataParallel):
    """Data-parallel training on CPU processes; MMEngine always names a GPU."""

    def __init__(self, module: torch.nn.Module, device_ids=None, **kwargs):
        super().__init__(module=module, device_ids=None, **kwargs)
