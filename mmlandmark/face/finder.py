"""FaceFinder: detects faces by YuNet, or by OpenCV's Haar cascade without YuNet."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..utils.checksum import sha256
from .found import FoundFaces
from .haar import haar_faces, require_haar
from .yunet import FINE, THRESHOLD, YuNetFaces
from .yunet_file import NAME, SHA256, fetch_yunet, yunet_path

HAAR = 'haar'


@dataclass(frozen=True)
class FaceFinder:
    """Detects faces in images; set ``LandmarkDetector.find_boxes`` to it.

    The detector is chosen at the first image. If the file of YuNet does not exist, it is
    downloaded once to the cache, and a message announces it. If the download fails, a
    message reports it, and OpenCV's Haar cascade is used.

    Args:
        detector: ``'haar'``, or the path of YuNet's ONNX file; None for the file that
            ``MMLANDMARK_YUNET`` names, that of the cache, or a fetched one.
        threshold: Least score of a face; the cascade gives no scores.
        fetch: Whether YuNet may be downloaded.
        finest: Longer side, in pixels, to which a larger image is reduced.
        thorough: Whether the detection is repeated for small and for rotated faces if no
            other face was found.
    """

    detector: str | None = None
    threshold: float = THRESHOLD
    fetch: bool = True
    finest: int = FINE
    thorough: bool = True

    def __call__(self, image: np.ndarray) -> FoundFaces:
        """The faces in an image, the largest first.

        Args:
            image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.

        Raises:
            InputError: The named detector cannot be used, or OpenCV has none.
        """
        path = yunet_or_haar(self.detector, self.fetch)
        if path is None:
            return FoundFaces.of(haar_faces(image))
        return YuNetFaces(path, self.threshold, self.finest, self.thorough)(image)

    @property
    def name(self) -> str:
        """The detector: ``'haar'``, or ``'yunet'`` with the checksum of its file."""
        path = yunet_or_haar(self.detector, self.fetch)
        return HAAR if path is None else f'yunet {_digest(path)[:12]}'


def yunet_or_haar(detector: str | None, fetch: bool) -> Path | None:
    """The file of YuNet, or None for the Haar cascade.

    Args:
        detector: ``'haar'``, a path, or None.
        fetch: Whether YuNet may be fetched.

    Raises:
        InputError: The named detector cannot be used, or OpenCV has none.
    """
    if detector == HAAR:
        require_haar()
        return None
    if detector is not None:
        path = Path(detector)
        if not path.is_file():
            raise InputError(
                f"no face detector at {detector}: give 'haar', or the path of {NAME}"
            )
        _say_another_file(path)
        return path
    path_or_none = yunet_path()
    return path_or_none or _fetched(fetch)


@cache  # once in a process: a fetch that failed is not tried for every image
def _fetched(fetch: bool) -> Path | None:
    try:
        if not fetch:
            raise InputError(
                'the face detector YuNet is not there: run mmlandmark models download'
            )
        return fetch_yunet()
    except InputError as error:
        require_haar()
        print(
            f"{error}. Faces are found by OpenCV's Haar cascade, which misses turned "
            'faces and profiles',
            file=sys.stderr,
            flush=True,
        )
    return None


@cache
def _digest(path: Path) -> str:
    return sha256(path)


@cache
def _say_another_file(path: Path) -> None:
    if _digest(path) != SHA256:
        print(
            f'{path} is not {NAME}, to whose boxes the points are fitted: the boxes of '
            'its faces may be worse',
            file=sys.stderr,
        )
