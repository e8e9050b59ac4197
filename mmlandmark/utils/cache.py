"""The folder of converted models and downloaded files."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder that ``MMLANDMARK_CACHE`` names, else one in the user's cache."""
    if named := os.environ.get('MMLANDMARK_CACHE'):
        return Path(named)
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'mmlandmark'
