"""Words for the splits of a data set, the same in every format."""

from __future__ import annotations

import re

from ...errors import InputError

#: Lower-case words to the split that they name.
SPLIT_WORDS = {
    **dict.fromkeys(('train', 'training'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'dev'), 'val'),
    **dict.fromkeys(('test', 'testing'), 'test'),
}


def split_named(text: str) -> str | None:
    """Which split a text names: ``'train'``, ``'val'``, ``'test'`` or None.

    The words of ``SPLIT_WORDS`` count in any case, alone or between other characters, also
    with ``set`` or ``data`` appended: ``person_keypoints_val2017``, ``Test1Data``.

    Raises:
        InputError: The text names two splits.
    """
    found = splits_named(text)
    if len(found) > 1:
        raise InputError(
            f'{text!r} names two splits, {found[0]} and {found[1]}: rename it'
        )
    return found[0] if found else None


def splits_named(text: str) -> list[str]:
    """All splits that a text names; see :func:`split_named`."""
    words = re.findall('[A-Z]?[a-z]+|[A-Z]+', text)
    bare = (re.sub('(set|data)$', '', word.lower()) for word in words)
    found = (SPLIT_WORDS[word] for word in bare if word in SPLIT_WORDS)
    return list(dict.fromkeys(found))
