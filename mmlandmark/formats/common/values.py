"""Checks values in JSON of unknown origin: numbers and identifiers."""

from __future__ import annotations

import math
from typing import Any

from ...errors import InputError


def number(value: Any, what: str) -> float:
    """Check a number; null and NaN become NaN (missing).

    Args:
        value: The value in the file.
        what: Its name in messages.

    Raises:
        InputError: It is text, a Boolean, infinite, or not a number.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f'{what} is {shown(value)}, a number is needed')
    try:
        plain = float(value)
    except OverflowError:
        plain = math.inf
    if math.isinf(plain):
        raise InputError(f'{what} is {shown(value)}, a finite number is needed')
    return plain


def identifier(value: Any, what: str) -> int | str:
    """Check an id: an integer (also written ``3.0``) or text; ``3`` and ``'3'`` differ.

    Raises:
        InputError: The value is neither of them.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise InputError(f'{what} is {shown(value)}: an id is a whole number or text')
    return value


def is_missing(value: Any) -> bool:
    """Whether a value is missing: null, NaN or empty text."""
    nan = isinstance(value, float) and math.isnan(value)
    return value is None or nan or (isinstance(value, str) and not value.strip())


def shown(value: Any) -> str:
    """A value as quoted in messages, at most 40 characters."""
    if isinstance(value, int) and abs(value) > 10**20:
        return 'an integer of more than 20 digits'
    if isinstance(value, (list, dict)):
        return f'a {type(value).__name__} of {len(value)}'
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + '...'
