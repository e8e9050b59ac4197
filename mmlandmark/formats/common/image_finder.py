"""Finds the images that a label file names, in the folders of the data."""

from __future__ import annotations

import filecmp
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ...errors import InputError
from .image_names import name_parts
from .splits import splits_named
from .values import shown

_ANNOTATION_FOLDERS = ('annotation', 'annotations', 'label', 'labels')
_DEPTH = 4  # levels of subfolders that are searched below a data folder


class ImageFinder:
    """Finds images by the names in a label file, never outside the folders of the data.

    A name may have backslashes, percent encoding or another Unicode normalization form than
    the file's. Of an absolute path of another computer, the longest suffix that exists is
    used.

    Args:
        tiers: Folders that names are relative to, in order of preference.
        below: Folders whose subfolders are searched for images that no tier has; by default
            all folders of the tiers.
        label: The stem of the label file, or a split: of several images of one name it
            selects the one in a subfolder of this name, such as ``train2017``.
    """

    def __init__(
        self,
        tiers: Sequence[Sequence[Path]],
        below: Sequence[Path] | None = None,
        label: str = '',
    ):
        self.tiers = tiers
        # as text, which is joined and looked up in a fraction of the time of paths
        self._tiers = [[os.path.normpath(folder) for folder in tier] for tier in tiers]
        self.below = below or [folder for tier in tiers for folder in tier]
        self.folder = self.below[0]  # the data folder in messages
        self.label = label
        self._index: dict[str, list[tuple[Path, tuple[str, ...]]]] | None = None
        self._name_of: dict[Path, str] = {}

    def find(self, name: Any, must_exist: bool = True) -> Path:
        """The path of an image.

        Args:
            name: The name in the label file.
            must_exist: If False, the first path that was tried is returned for an image
                that does not exist.

        Raises:
            InputError: The image does not exist, is outside the folders of the data, is in
                two places, or is already the image of another name.
        """
        if not isinstance(name, str) or not name.strip() or '\0' in name:
            raise InputError(f'{shown(name)} is not the name of an image')
        path = self._locate(name)
        if path is None:
            return self._expected(name, must_exist)
        other = self._name_of.setdefault(path, name)
        if other != name and _plain(other) != _plain(name):
            raise InputError(
                f'{name!r} and {other!r} would both be {path}: give each its own image'
            )
        return path

    def _expected(self, name: str, must_exist: bool) -> Path:
        absolute, parts = name_parts(name)
        if '..' in parts:
            raise InputError(
                f'image {shown(name)} is not below {self.folder}, and nothing outside is '
                'read: put the image there'
            )
        if must_exist or not parts:
            raise InputError(f'no image {shown(name)} in {self.folder} or below it')
        return self.tiers[0][0].joinpath(*(parts[-1:] if absolute else parts))

    def _locate(self, name: str) -> Path | None:
        readings = [name_parts(text) for text in dict.fromkeys((name, unquote(name)))]
        for absolute, parts in readings:
            for start in range(len(parts) if absolute else 1):
                for folders in self._tiers:
                    paths = [self._inside(folder, parts[start:]) for folder in folders]
                    found = [p for path in paths if path for p in _forms(path)]
                    if found:
                        return _only(found, name)
        for absolute, parts in readings:
            found = self._in_subfolders(absolute, parts)
            if found:
                return _only(found, name)
        return None

    def _inside(self, folder: str, parts: list[str]) -> str | None:
        path = os.path.normpath(os.path.join(folder, *parts))
        inside = '..' not in parts or any(
            Path(path).is_relative_to(f) for tier in self._tiers for f in tier
        )
        return path if inside else None

    def _in_subfolders(self, absolute: bool, parts: list[str]) -> list[Path]:
        """Files whose path ends with the name; with most of it, if it is absolute."""
        if not parts:
            return []
        if self._index is None:
            self._index = _index(self.below)
        wanted = tuple(unicodedata.normalize('NFC', part) for part in parts)
        ends = [
            (_common_end(wanted, there), path, there)
            for path, there in self._index.get(wanted[-1], ())
        ]
        longest = max((n for n, _, _ in ends), default=0)
        if not absolute and longest < len(wanted):
            return []
        best = [(path, there) for n, path, there in ends if n == longest]
        of_label = [
            path
            for path, there in best
            if any(is_of_label(folder, self.label) for folder in there[:-1])
        ]
        return of_label or [path for path, _ in best]


def _only(found: list[Path], name: str) -> Path:
    """The first of several files, if all have the same content."""
    first, *others = found
    for other in others:
        same = os.path.samefile(first, other) or filecmp.cmp(first, other, False)
        if not same:
            raise InputError(
                f'image {name!r} is in two places, {first} and {other}: name its folder'
            )
    return first


def is_of_label(folder: str, label: str) -> bool:
    """Whether a label's name ends with the folder's, or both name the same split."""
    if not folder or not label:
        return False
    if re.search(rf'(^|[^a-z0-9]){re.escape(folder.lower())}$', label.lower()):
        return True
    parts = splits_named(label)
    return len(parts) == 1 and parts == splits_named(folder)


def finder_beside(file: Path, src: Path | None = None) -> ImageFinder:
    """A finder for the images of a label file: beside it, or where exporters put them.

    Args:
        file: The label file.
        src: The data folder in which it was found; None where the user gave the file.
    """
    here = file.parent
    tiers = [[here / 'images', here]]
    above = Path(os.path.abspath(here)).parent
    if src is not None and src != here:
        tiers.append([src / 'images', src])
    elif src is None and here.absolute().name.lower() in _ANNOTATION_FOLDERS:
        tiers.append([above / 'images', above])
    elif src is None:
        return ImageFinder([*tiers, [above / 'images']], [here], file.stem)
    return ImageFinder(tiers, [tier[-1] for tier in tiers[::-1]], file.stem)


def _plain(name: str) -> str:
    """A key that is equal for different spellings of one name."""
    _, parts = name_parts(unquote(name))
    return unicodedata.normalize('NFC', '/'.join(parts))


def _forms(path: str) -> Iterator[Path]:
    """The file of that name in any Unicode normalization form."""
    forms = (path, *(unicodedata.normalize(form, path) for form in ('NFC', 'NFD')))
    for text in dict.fromkeys(forms):
        if os.path.isfile(text):
            yield Path(text)
            return


def _index(folders: Sequence[Path]) -> dict[str, list[tuple[Path, tuple[str, ...]]]]:
    """Files by name, each with the components of its path as label files spell them."""
    index: dict[str, list[tuple[Path, tuple[str, ...]]]] = {}
    seen = set()
    for folder in folders:
        for path, parts in _files_below(folder, (), _DEPTH):
            if path not in seen:
                seen.add(path)
                index.setdefault(parts[-1], []).append((path, parts))
    return index


def _files_below(
    folder: Path, above: tuple[str, ...], depth: int
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # missing or unreadable folder
        return
    for entry in entries:
        parts = (*above, *_disk_name(entry.name))
        if entry.is_file():
            yield Path(entry.path), parts
        elif depth and entry.is_dir():
            yield from _files_below(Path(entry.path), parts, depth - 1)


def _disk_name(name: str) -> list[str]:
    """A file name as text; zip files made on Windows may leave backslashes in it."""
    if any('\udc80' <= sign <= '\udcff' for sign in name):  # not UTF-8
        name = os.fsencode(name).decode('latin-1')
    return unicodedata.normalize('NFC', name).replace('\\', '/').split('/')


def _common_end(a: Sequence[str], b: Sequence[str]) -> int:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
