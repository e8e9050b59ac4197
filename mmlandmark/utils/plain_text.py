"""Names of files and points as they can be written: one line, and no mathematics."""

from __future__ import annotations

import re

_UNWRITABLE = re.compile('[\x00-\x1f\x7f\ud800-\udfff]')


def printable(text: str) -> str:
    """The text in one line that UTF-8 can write: ``caf\\xe9.jpg`` of a name in Latin-1.

    A byte of a file name that is not UTF-8 reaches Python as a lone surrogate. It is
    written as the byte it is, ``\\xe9``, any other surrogate as ``\\ud800``, and a line
    break as ``\\x0a``.
    """
    return _UNWRITABLE.sub(_escaped, text)


def _escaped(match: re.Match) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f'\\x{code:02x}' if code < 0x100 else f'\\u{code:04x}'


def without_math(text: str) -> str:
    r"""The text as matplotlib draws it letter by letter: ``$`` begins no mathematics."""
    return printable(text).replace('$', r'\$')


def legend_label(text: str) -> str:
    """:func:`without_math` for a legend, from which matplotlib drops ``_name``."""
    return without_math(f' {text}' if text.startswith('_') else text)
