"""The pixel size that a data set states as text."""

from __future__ import annotations

import math

from ...errors import InputError
from ..common.values import shown


def positive(text: str | None) -> float:
    """mm per pixel.

    Raises:
        InputError: It is not a positive number.
    """
    try:
        value = float(text or '')
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f'its spacing is {shown(text)}, mm per pixel is needed')
    return value
