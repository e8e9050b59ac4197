"""The file of YuNet: named by the user, in the cache, or downloaded once."""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

from ..errors import InputError
from ..utils.cache import cache_folder
from ..utils.checksum import sha256
from ..utils.locks import exclusive
from ..utils.whole_file import write_whole

NAME = 'face_detection_yunet_2023mar.onnx'
SHA256 = '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4'
SIZE = 232_589
_ZOO = 'opencv/opencv_zoo'
_PATH = f'models/face_detection_yunet/{NAME}'
#: Where OpenCV Zoo publishes it (MIT licence): a fixed revision, then the newest.
ADDRESSES = (
    f'https://media.githubusercontent.com/media/{_ZOO}/'
    f'82b38c8f98e7b52aa171400f3e4c722352d0669f/{_PATH}',
    f'https://github.com/{_ZOO}/raw/main/{_PATH}',
)
#: The environment variable that names the file to use instead of the one in the cache.
VARIABLE = 'MMLANDMARK_YUNET'
#: The environment variable whose value ``1`` forbids the download.
OFFLINE = 'MMLANDMARK_OFFLINE'
SECONDS = 20

WHAT = 'the face detector YuNet'
ADVICE = (
    f'copy {NAME} from a machine with network, where mmlandmark models download keeps it, '
    f'and set {VARIABLE} to its path'
)


def cached_path() -> Path:
    """The path of the downloaded file."""
    return cache_folder() / NAME


def yunet_path() -> Path | None:
    """The file that ``MMLANDMARK_YUNET`` names, or that of the cache; None without one.

    Raises:
        InputError: There is no file where ``MMLANDMARK_YUNET`` says.
    """
    if named := os.environ.get(VARIABLE):
        if not Path(named).is_file():
            raise InputError(f'{VARIABLE} names {named}, but there is no such file')
        return Path(named)
    path = cached_path()
    return path if is_whole(path) else None


def is_whole(path: Path) -> bool:
    """Whether a file is the published one."""
    return path.is_file() and path.stat().st_size == SIZE and sha256(path) == SHA256


def offline() -> bool:
    """Whether ``MMLANDMARK_OFFLINE`` forbids the download."""
    return os.environ.get(OFFLINE, '') not in ('', '0')


def fetch_yunet() -> Path:
    """Download the file to the cache, unless it is there; a message announces it.

    Returns:
        Its path.

    Raises:
        InputError: ``MMLANDMARK_OFFLINE`` forbids it, no address can be reached, the
            downloaded file is not the published one, or the cache cannot be written.
    """
    path = cached_path()
    if is_whole(path):
        return path
    if offline():
        raise InputError(f'{OFFLINE} is set, so {WHAT} is not fetched; {ADVICE}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(path, 'a fetch', wait=True):
            if not is_whole(path):  # another process may have fetched it meanwhile
                data = _fetched(path)
                write_whole(path, lambda partial: partial.write_bytes(data))
    except OSError as error:
        raise InputError(
            f'{WHAT} cannot be kept in {path.parent} ({error.strerror}): set '
            'MMLANDMARK_CACHE to a folder that can be written'
        ) from None
    return path


def _fetched(path: Path) -> bytes:
    said = f'fetching {WHAT} once ({SIZE // 1000} kB)'
    print(f'{said} from {ADDRESSES[0]} to {path}', file=sys.stderr, flush=True)
    reasons = []
    for address in ADDRESSES:
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                data = answer.read(SIZE + 1)
        except (OSError, HTTPException) as error:
            reasons.append(str(getattr(error, 'reason', '') or error))
            continue
        if len(data) == SIZE and hashlib.sha256(data).hexdigest() == SHA256:
            return data
        reasons.append(f'{address} gave another file')
    raise InputError(f'{WHAT} cannot be fetched ({reasons[0]}); {ADVICE}')
