"""Protects CSV cells against formula injection (OWASP, "CSV Injection").

A spreadsheet evaluates a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab as a
formula, even in quotes, and file names are untrusted input.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r'[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?', re.IGNORECASE)
# leading apostrophes included: a name may itself begin with one
_FORMULA = re.compile("'*[=+@\\-\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20]")


def safe_cell(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would evaluate.

    Numbers are not changed. :func:`original_cell` is the inverse.
    """
    return f"'{text}" if _is_formula(text) else text


def original_cell(text: str) -> str:
    """The text that :func:`safe_cell` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
