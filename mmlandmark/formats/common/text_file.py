"""Reads text and JSON files with byte order marks and other Unicode encodings."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from ...errors import InputError

# UTF-32 first: its little-endian mark begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF32_LE, 'utf-32'),
    (codecs.BOM_UTF32_BE, 'utf-32'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
    (codecs.BOM_UTF8, 'utf-8-sig'),
)


def read_text(path: str | Path) -> str:
    """Read a text file in UTF-8, or in the encoding of its byte order mark.

    Raises:
        InputError: No such file, one that cannot be read, or another encoding.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(f'{path} cannot be read: {error}') from None
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), 'utf-8')
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f'{path} is not {encoding.upper()} text (byte {error.start}): '
            'save it as UTF-8'
        ) from None


def load_json(path: str | Path) -> Any:
    """Parse a JSON file, decoded by :func:`read_text`.

    Raises:
        InputError: No such file, another encoding, or not JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(
            f'{path} is not readable JSON: it is nested too deeply'
        ) from None
    except ValueError as error:  # also an integer of thousands of digits
        raise InputError(f'{path} is not readable JSON: {error}') from None
