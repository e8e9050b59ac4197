"""Text in the cells of a CSV that a spreadsheet opens: shown, never calculated.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab for a
formula, even in quotes, and names of files come from anyone (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r'[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?', re.IGNORECASE)
# apostrophes in front count in, so that what safe_cell puts there can be told from a name's
_FORMULA = re.compile("'*[=+@\\-\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20]")


def safe_cell(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would calculate it.

    Numbers stay as they are. :func:`original_cell` gives the text back.
    """
    return f"'{text}" if _is_formula(text) else text


def original_cell(text: str) -> str:
    """What :func:`safe_cell` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
