"""Text for terminals, UTF-8 files and matplotlib: escaped names, numbers with nouns."""

from __future__ import annotations

import re

_UNWRITABLE = re.compile('[\x00-\x1f\x7f\ud800-\udfff]')


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 image``, ``2 images``."""
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


def sentence(clause: str) -> str:
    """A clause as a sentence, with a capital letter and a full stop."""
    return f'{clause[0].upper()}{clause[1:]}.'


def printable(text: str) -> str:
    """Escape what UTF-8 cannot encode and what would break a line.

    Python represents a byte of a file name that is not UTF-8 as a lone surrogate. It is
    written as that byte, ``\\xe9``, other surrogates as ``\\ud800``, and control characters
    such as a line break as ``\\x0a``.
    """
    return _UNWRITABLE.sub(_escaped, text)


def _escaped(match: re.Match) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f'\\x{code:02x}' if code < 0x100 else f'\\u{code:04x}'


def without_math(text: str) -> str:
    r"""Escape text for matplotlib, where ``$`` would begin mathematics."""
    return printable(text).replace('$', r'\$')


def legend_label(text: str) -> str:
    """:func:`without_math` for a legend, from which matplotlib drops ``_name``."""
    return without_math(f' {text}' if text.startswith('_') else text)
