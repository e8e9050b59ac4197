"""A progress bar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar('T')


def progress(items: Iterable[T], what: str, total: int) -> Iterable[T]:
    """The items, with a bar that disappears at the end; none for a single item.

    Args:
        items: What is worked through.
        what: The work, for the bar.
        total: The number of items.
    """
    if total < 2:
        return items
    from rich.progress import track  # here: rich takes a tenth of a command's start

    return track(items, what, total, transient=True)
