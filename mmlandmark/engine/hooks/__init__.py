"""MMEngine hooks for CPU training, two-stage models and exact resumption."""

from .checkpoints import AtomicCheckpointHook, AtomicFileBackend
from .invalid_loss import StopOnInvalidLossHook
from .resume import ResumableEarlyStoppingHook, ValidateOnResumeHook
from .seeds import SeedEpochHook, seed_worker
from .weights import (
    ChannelsLastHook,
    InitMeanShapeHook,
    LoadPretrainedHook,
    MeasureErrorsHook,
    SyncedEMAHook,
)

__all__ = [
    'AtomicCheckpointHook',
    'AtomicFileBackend',
    'ChannelsLastHook',
    'InitMeanShapeHook',
    'LoadPretrainedHook',
    'MeasureErrorsHook',
    'ResumableEarlyStoppingHook',
    'SeedEpochHook',
    'StopOnInvalidLossHook',
    'SyncedEMAHook',
    'ValidateOnResumeHook',
    'seed_worker',
]
