"""The command line: one module per command, and the only place where options are named."""

from .main import main

__all__ = ['main']
