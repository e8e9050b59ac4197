"""Importing this applies the shims and registers everything the package adds to MMPose."""

from . import shims  # noqa: F401

# isort: split
from . import datasets, engine, models  # noqa: F401
from .evaluation import face_metrics, metrics, part_metrics  # noqa: F401
