"""A progress bar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar('T')


def progress(items: Iterable[T], what: str, total: int) -> Iterable[T]:
    """The items, with a bar that disappears at the end; none for a single item.

    Args:
        items: The items to process.
        what: Name of the work, shown beside the bar.
        total: Number of items.
    """
    if total < 2:
        return items
    # imported here, as rich takes a tenth of the start of a command
    from rich.progress import track

    return track(items, what, total, transient=True)
