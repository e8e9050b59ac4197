"""The lateral profile photographs, a pickled DataFrame; 0-based pixels."""

from .reader import load_table, read_photo_pickle

__all__ = ['load_table', 'read_photo_pickle']
