"""Read frames from a video file or webcam, and write a video file."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...io import as_bgr

#: Codec for each suffix that OpenCV's own builds can write.
CODECS = {'.mp4': 'mp4v', '.mov': 'mp4v', '.mkv': 'mp4v', '.avi': 'MJPG'}
#: Frame rate of a video that does not state one.
DEFAULT_FPS = 25.0


class VideoReader:
    """Frames of a video file or of a webcam.

    Args:
        name: Path of the file, or number of the webcam, such as ``'0'``.

    Attributes:
        live: Whether it is a webcam.
        fps: Frames per second.
        count: Number of frames stated by the file; None if it states none.
        truncation: After the last frame, a message if the file ends early, else empty.

    Raises:
        InputError: It cannot be opened, or has no frame.
    """

    def __init__(self, name: str):
        self.name = name
        self.live = name.isdecimal()
        if not self.live and not Path(name).is_file():
            raise InputError(f'no video at {name}')
        with _quiet_opencv():
            self._capture = cv2.VideoCapture(int(name) if self.live else name)
            first = self._read() if self._capture.isOpened() else None
        if first is None:
            self._capture.release()
            raise InputError(
                f'webcam {name} cannot be used: is it connected, and not in use?'
                if self.live
                else f'{name} is not a readable video, or has no frame'
            )
        self._first = first
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and 1 <= fps <= 1000 else DEFAULT_FPS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.count = int(count) if not self.live and 0 < count < 1e9 else None
        self.truncation = ''

    def __iter__(self) -> Iterator[tuple[np.ndarray, float]]:
        """Yield each frame ``(H, W, 3)`` BGR uint8 and its time in seconds."""
        start, number = time.monotonic(), 0
        frame: np.ndarray | None = self._first
        seconds, gap = self._time_after(-1 / self.fps), 0.0
        while frame is not None:
            # a webcam may be slower than it states
            yield frame, time.monotonic() - start if self.live else seconds
            frame, number, last = self._read(), number + 1, seconds
            if frame is not None:
                seconds = self._time_after(last)
                gap = max(gap, seconds - last)
        self.truncation = self._truncation(number, seconds, gap)

    def _time_after(self, last: float) -> float:
        """Time of the frame that was just read, seconds.

        This is the time stamp of the container, so the frame rate may vary. A file without
        time stamps is read at its mean rate.
        """
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return seconds if seconds > last else last + 1 / self.fps

    def _truncation(self, frames: int, seconds: float, gap: float) -> str:
        """A message if the file ends early, else an empty text.

        Some containers estimate the number of frames from the duration. Therefore the
        time must be short as well, by more than the display time of the last frames.
        """
        if self.count is None or self.count - frames < 2:
            return ''
        short = self.count / self.fps - seconds
        if short <= max(2.5 / self.fps, 1.5 * gap):
            return ''
        return (
            f'{self.name} ends early: it states {self.count} frames, but only {frames} '
            'could be read; it is incomplete or damaged'
        )

    def _read(self) -> np.ndarray | None:
        success, frame = self._capture.read()
        if not success:
            return None
        return as_bgr(frame) if frame.ndim == 2 else frame

    def close(self) -> None:
        """Release the file or the webcam."""
        self._capture.release()


class VideoWriter:
    """Writes a video under a temporary name and renames it when it is complete.

    Args:
        path: Its suffix is one of ``CODECS``.
        fps: Frames per second.

    Raises:
        InputError: See :func:`require_video_path`.
    """

    def __init__(self, path: Path, fps: float):
        require_video_path(path)
        self.path = path
        self.fps = fps
        self._partial = path.with_name(f'{path.stem}.partial{path.suffix}')
        self._writer: cv2.VideoWriter | None = None
        self._frames = 0

    def write(self, frame: np.ndarray) -> None:
        """Append a frame ``(H, W, 3)`` BGR uint8; all frames have the same size.

        Raises:
            InputError: The file cannot be opened.
        """
        if self._writer is None:
            code = cv2.VideoWriter.fourcc(*CODECS[self.path.suffix.lower()])
            size = frame.shape[1], frame.shape[0]
            with _quiet_opencv():
                self._writer = cv2.VideoWriter(str(self._partial), code, self.fps, size)
            if not self._writer.isOpened():
                raise InputError(
                    f'{self.path} cannot be written as {size[0]}x{size[1]}'
                )
        self._writer.write(frame)
        self._frames += 1

    def close(self) -> None:
        """Finish the file and rename it; a file without frames is not created.

        Raises:
            InputError: The file cannot be read back, as OpenCV does not report a full disk.
        """
        if self._writer is None:
            return
        self._writer.release()
        if _frame_count(self._partial) < self._frames - 1:  # may be an estimate
            self._partial.unlink(missing_ok=True)
            raise InputError(f'{self.path} could not be written: is the disk full?')
        os.replace(self._partial, self.path)


def require_video_path(path: Path) -> None:
    """Check that a video can be written to a path.

    Raises:
        InputError: The suffix is not one of ``CODECS``, or the folder does not exist.
    """
    if path.suffix.lower() not in CODECS:
        raise InputError(f'{path.name}: a video is written as {", ".join(CODECS)}')
    if not path.parent.is_dir():
        raise InputError(f'no folder {path.parent} to write {path.name} in')


def _frame_count(path: Path) -> int:
    with _quiet_opencv():
        capture = cv2.VideoCapture(str(path))
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
        capture.release()
    return int(count)


@contextlib.contextmanager
def _quiet_opencv():
    """Suppress OpenCV's messages about every backend with which it tries a file."""
    log = getattr(cv2.utils, 'logging', cv2)  # OpenCV 4.12 and earlier: cv2 itself
    before = log.getLogLevel()
    log.setLogLevel(0)  # silent
    try:
        yield
    finally:
        log.setLogLevel(before)
