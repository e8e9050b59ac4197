"""Names of files and points as they can be written: valid Unicode, and no mathematics."""

from __future__ import annotations

import re

_SURROGATE = re.compile('[\ud800-\udfff]')


def printable(text: str) -> str:
    """The text without what UTF-8 cannot write: ``caf\\xe9.jpg`` of a name in Latin-1.

    A byte of a file name that is not UTF-8 reaches Python as a lone surrogate. It is
    written as the byte it is, ``\\xe9``, and any other surrogate as ``\\ud800``.
    """
    return _SURROGATE.sub(_escaped, text)


def _escaped(match: re.Match) -> str:
    code = ord(match[0])
    is_byte = 0xDC80 <= code <= 0xDCFF
    return f'\\x{code - 0xDC00:02x}' if is_byte else f'\\u{code:04x}'


def without_math(text: str) -> str:
    r"""The text as matplotlib draws it letter by letter: ``$`` begins no mathematics."""
    return printable(text).replace('$', r'\$')
