"""Predictions as a first guess in the tools in which people label."""

from .cvat import write_cvat
from .label_studio import write_label_studio

__all__ = ['write_cvat', 'write_label_studio']
