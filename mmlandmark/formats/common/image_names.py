"""Image names in label files: their parts, and unique ids made of them."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import InputError
from ...io.pillow_files import READABLE_SUFFIXES

_SUFFIXES = (*READABLE_SUFFIXES, '.gif')
_URL = re.compile(r'[a-z][a-z0-9+.-]+://', re.IGNORECASE)
_ABSOLUTE = re.compile(r'(~|[a-z]:)?/+', re.IGNORECASE)


def image_id_of(name: str) -> str:
    """An id from an image's name: its folders and its stem, joined by ``_``.

    Only the suffix of an image format is removed: ``1.2.840.1`` stays as it is.
    """
    _, parts = name_parts(name)
    *folders, last = parts or ['']
    stem, suffix = os.path.splitext(last)
    return '_'.join([*folders, stem if suffix.lower() in _SUFFIXES else last])


def distinct_ids(names: Sequence[str]) -> list[str]:
    """A unique id for each of several distinct names; see :func:`image_id_of`.

    Names with equal ids keep their suffix (``a_jpg``, ``a_png``); if the ids are still
    equal, they are numbered.
    """
    ids = [image_id_of(name) for name in names]
    count = Counter(map(folded, ids))
    ids = [
        '_'.join(name_parts(name)[1]).replace('.', '_')
        if count[folded(one)] > 1
        else one
        for name, one in zip(names, ids, strict=True)
    ]
    return numbered(ids)


def numbered(names: Iterable[str]) -> list[str]:
    """The names made unique by ``_2``, ``_3``, ...; see :func:`folded` for equality."""
    taken: set[str] = set()
    out = []
    for name in names:
        free, nth = name, 1
        while folded(free) in taken:
            nth += 1
            free = f'{name}_{nth}'
        taken.add(folded(free))
        out.append(free)
    return out


def names_below(paths: Iterable[str]) -> dict[str, str]:
    """Short unique names of image files, for a labelling tool.

    Returns:
        Path to its file name, or, where two files have the same name, all paths relative to
        their common folder with ``/`` between folders.

    Raises:
        InputError: A path occurs twice.
    """
    paths = list(paths)
    for path, count in Counter(paths).items():
        if count > 1:
            raise InputError(f'{path} occurs {count} times: keep one of them')
    names = {path: Path(path).name for path in paths}
    if len(set(map(folded, names.values()))) == len(names):
        return names
    common = os.path.commonpath([os.path.abspath(path) for path in paths])
    return {path: Path(os.path.relpath(path, common)).as_posix() for path in paths}


def folded(name: str) -> str:
    """A key that is equal for names which some file systems do not distinguish."""
    return unicodedata.normalize('NFC', name).casefold()


def name_parts(name: str) -> tuple[bool, list[str]]:
    """Whether a name is absolute, on any operating system, and its path components."""
    address = bool(_URL.match(name))
    text = (urlsplit(name).path if address else name).replace('\\', '/')
    absolute = address or bool(_ABSOLUTE.match(text))
    if absolute:
        text = posixpath.normpath(_ABSOLUTE.sub('/', text))
    return absolute, [part for part in text.split('/') if part not in ('', '.')]
