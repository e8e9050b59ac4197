"""What label files of all formats share: words for parts, image names, identifiers."""

from __future__ import annotations

import filecmp
import os
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import InputError
from ...io.pillow_files import READABLE_SUFFIXES
from .values import shown

#: Words for the parts of a data set, the same in every format.
PART_WORDS = {
    **dict.fromkeys(('train', 'training'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'dev'), 'val'),
    **dict.fromkeys(('test', 'testing'), 'test'),
}

_SUFFIXES = (*READABLE_SUFFIXES, '.webp', '.gif')
_ANNOTATION_FOLDERS = ('annotation', 'annotations', 'label', 'labels')
_DEPTH = 4  # how many folders deep pictures are looked for below a data folder
_URL = re.compile(r'[a-z][a-z0-9+.-]+://', re.IGNORECASE)
_ABSOLUTE = re.compile(r'(~|[a-z]:)?/+', re.IGNORECASE)


def part_named(text: str) -> str | None:
    """Which part of a data set a text names: ``'train'``, ``'val'``, ``'test'`` or None.

    The words of ``PART_WORDS`` count, in any case, alone or between other signs, with
    ``set`` or ``data`` behind them: ``person_keypoints_val2017``, ``Test1Data``.

    Raises:
        InputError: The text names two parts.
    """
    found = parts_named(text)
    if len(found) > 1:
        raise InputError(
            f'{text!r} names two parts of the data, {found[0]} and {found[1]}: '
            'let it name one'
        )
    return found[0] if found else None


def parts_named(text: str) -> list[str]:
    """All parts that a text names; see :func:`part_named`."""
    words = re.findall('[A-Z]?[a-z]+|[A-Z]+', text)
    bare = (re.sub('(set|data)$', '', word.lower()) for word in words)
    return list(dict.fromkeys(PART_WORDS[word] for word in bare if word in PART_WORDS))


def image_id_of(name: str) -> str:
    """An id from an image's name: its folders and its stem, joined by ``_``.

    Only the suffix of an image format is cut off: ``1.2.840.1`` is an id of its own.
    """
    _, parts = _split(name)
    *folders, last = parts or ['']
    stem, suffix = os.path.splitext(last)
    return '_'.join([*folders, stem if suffix.lower() in _SUFFIXES else last])


def distinct_ids(names: Sequence[str]) -> list[str]:
    """An id for each of some distinct names; see :func:`image_id_of`.

    Names that would share one keep their suffix (``a_jpg``, ``a_png``); where that is not
    enough they are numbered.
    """
    ids = [image_id_of(name) for name in names]
    count = Counter(map(folded, ids))
    ids = [
        '_'.join(_split(name)[1]).replace('.', '_') if count[folded(one)] > 1 else one
        for name, one in zip(names, ids, strict=True)
    ]
    return numbered(ids)


def numbered(names: Iterable[str]) -> list[str]:
    """The same names, ``_2``, ``_3``, ... behind those that a file system confuses."""
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


def folded(name: str) -> str:
    """What names share that some file systems take for the same."""
    return unicodedata.normalize('NFC', name).casefold()


class ImageFinder:
    """Finds the images that a label file names, never outside the data's folders.

    A name may have backslashes, per cent signs, another Unicode form than the file's, or
    be an absolute path of another machine, of which the longest end counts that is there.

    Args:
        tiers: Folders that names are relative to; those of the first tier go first.
        below: Folders in whose subfolders a picture is looked for that is in none of them;
            by default those of the tiers.
        label: The label file's stem, or a part: of pictures of one name in several
            subfolders it takes that in the folder which it names, such as ``train2017``.
    """

    def __init__(
        self,
        tiers: Sequence[Sequence[Path]],
        below: Sequence[Path] | None = None,
        label: str = '',
    ):
        self.tiers = tiers
        self.below = below or [folder for tier in tiers for folder in tier]
        self.folder = self.below[0]  # what messages call the data's folder
        self.label = label
        self._index: dict[str, list[tuple[Path, tuple[str, ...]]]] | None = None
        self._name_of: dict[Path, str] = {}

    def find(self, name: Any, must_exist: bool = True) -> Path:
        """Where the image lies.

        Args:
            name: As the label file has it.
            must_exist: Otherwise an image that is not there comes with the path at which
                it was first looked for.

        Raises:
            InputError: It is not there, outside the data's folders, in two places, or the
                picture found is that of another name already.
        """
        if not isinstance(name, str) or not name.strip() or '\0' in name:
            raise InputError(f'{shown(name)} is not the name of an image')
        path = self._locate(name)
        if path is None:
            return self._expected(name, must_exist)
        other = self._name_of.setdefault(path, name)
        if _plain(other) != _plain(name):
            raise InputError(
                f'{name!r} and {other!r} would both be {path}: give each its own image'
            )
        return path

    def _expected(self, name: str, must_exist: bool) -> Path:
        absolute, parts = _split(name)
        if '..' in parts:
            raise InputError(
                f'image {shown(name)} is not below {self.folder}, and nothing outside is '
                'read: put the image there'
            )
        if must_exist or not parts:
            raise InputError(f'no image {shown(name)} in {self.folder} or below it')
        return self.tiers[0][0].joinpath(*(parts[-1:] if absolute else parts))

    def _locate(self, name: str) -> Path | None:
        readings = [_split(text) for text in dict.fromkeys((name, unquote(name)))]
        for absolute, parts in readings:
            for start in range(len(parts) if absolute else 1):
                for folders in self.tiers:
                    paths = [self._inside(folder, parts[start:]) for folder in folders]
                    found = [p for path in paths if path for p in _forms(path)]
                    if found:
                        return _only(found, name)
        for absolute, parts in readings:
            found = self._in_subfolders(absolute, parts)
            if found:
                return _only(found, name)
        return None

    def _inside(self, folder: Path, parts: list[str]) -> Path | None:
        path = Path(os.path.normpath(folder.joinpath(*parts)))
        allowed = (Path(os.path.normpath(f)) for tier in self.tiers for f in tier)
        inside = '..' not in parts or any(path.is_relative_to(f) for f in allowed)
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
    """The one file of several, if they are all the same."""
    first, *others = found
    for other in others:
        same = os.path.samefile(first, other) or filecmp.cmp(first, other, False)
        if not same:
            raise InputError(
                f'image {name!r} is in two places, {first} and {other}: name its folder'
            )
    return first


def is_of_label(folder: str, label: str) -> bool:
    """Whether a folder's name stands in a label file's: ``train2017``, or the same part."""
    if not folder or not label:
        return False
    if re.search(rf'(^|[^a-z0-9]){re.escape(folder.lower())}$', label.lower()):
        return True
    parts = parts_named(label)
    return len(parts) == 1 and parts == parts_named(folder)


def find_image(name: str, folders: Sequence[Path], label: str = '') -> Path:
    """Find one image; :class:`ImageFinder` is faster for many, and compares their names.

    Args:
        name: As a label file has it.
        folders: Folders that the name may be relative to, all alike.
        label: As for :class:`ImageFinder`.

    Raises:
        InputError: As :meth:`ImageFinder.find` says.
    """
    return ImageFinder([folders], label=label).find(name)


def finder_beside(file: Path, src: Path | None = None) -> ImageFinder:
    """Finds the images of a label file: beside it, in ``images/``, in exporters' folders.

    Args:
        file: The label file.
        src: The data folder that it was found in; None where the user named the file.
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


def _split(name: str) -> tuple[bool, list[str]]:
    """Whether a name is absolute, on any machine, and its parts."""
    address = bool(_URL.match(name))
    text = (urlsplit(name).path if address else name).replace('\\', '/')
    absolute = address or bool(_ABSOLUTE.match(text))
    if absolute:
        text = posixpath.normpath(_ABSOLUTE.sub('/', text))
    return absolute, [part for part in text.split('/') if part not in ('', '.')]


def _plain(name: str) -> str:
    """What spellings of one name share."""
    _, parts = _split(unquote(name))
    return unicodedata.normalize('NFC', '/'.join(parts))


def _forms(path: Path) -> Iterator[Path]:
    """The file of that name, in whichever Unicode form it is there."""
    for form in ('', 'NFC', 'NFD'):
        text = unicodedata.normalize(form, str(path)) if form else str(path)  # type: ignore[arg-type]
        if os.path.isfile(text):
            yield Path(text)
            return


def _index(folders: Sequence[Path]) -> dict[str, list[tuple[Path, tuple[str, ...]]]]:
    """Files by name; with each the parts of its path, as label files would spell them."""
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
    except OSError:  # no such folder, or not to be read
        return
    for entry in entries:
        parts = (*above, *_disk_name(entry.name))
        if entry.is_file():
            yield Path(entry.path), parts
        elif depth and entry.is_dir():
            yield from _files_below(Path(entry.path), parts, depth - 1)


def _disk_name(name: str) -> list[str]:
    """A name on disk as text; a zip made on Windows may leave backslashes in it."""
    if any('\udc80' <= sign <= '\udcff' for sign in name):  # not UTF-8
        name = os.fsencode(name).decode('latin-1')
    return unicodedata.normalize('NFC', name).replace('\\', '/').split('/')


def _common_end(a: Sequence[str], b: Sequence[str]) -> int:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
