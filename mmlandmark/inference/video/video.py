"""Points in a video or from a webcam: read, follow, draw, write."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from ...errors import InputError
from ...io.pixels import as_bgr
from ...structures.prediction import LOW_CONFIDENCE_MM
from ...utils.locks import exclusive
from ...utils.plain_text import printable
from ...visualization.prediction import draw_predictions_bgr
from ..batch.records import saving, write_record
from .tracking import Tracker

#: What OpenCV's own builds can write, by the suffix.
CODECS = {'.mp4': 'mp4v', '.mov': 'mp4v', '.mkv': 'mp4v', '.avi': 'MJPG'}
USUAL_FPS = 25.0  # where a source does not say


@dataclass
class Watched:
    """What was seen of a video.

    Attributes:
        frames: How many.
        seconds: Of wall time, from the first frame to the last one written.
        looks: How often faces were looked for.
        empty: Frames in which nothing was found.
        stopped: Whether Ctrl-C ended it.
        lost: How often a face was lost.
        missing: A line where the file ends before the frames that it says it has.
    """

    frames: int = 0
    seconds: float = 0.0
    looks: int = 0
    empty: int = 0
    stopped: bool = False
    lost: int = 0
    missing: str = ''


class Source:
    """Frames of a video file, or of a webcam by its number.

    Args:
        name: A path, or a number such as ``0``.

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
                f'webcam {name} cannot be used: is it there, and used by nothing else?'
                if self.live
                else f'{name} is no video this can read, or has no frame'
            )
        self._first = first
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and 1 <= fps <= 1000 else USUAL_FPS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        #: Frames, as the file says; None where it does not.
        self.count = int(count) if not self.live and 0 < count < 1e9 else None
        #: A line for the user once all is read, where the file ends too early.
        self.missing = ''

    def __iter__(self) -> Iterator[tuple[np.ndarray, float]]:
        """Each frame ``(H, W, 3)`` BGR uint8, and when it was taken in seconds."""
        begun, number = time.monotonic(), 0
        frame: np.ndarray | None = self._first
        seconds, gap = self._seconds(-1 / self.fps), 0.0
        while frame is not None:
            # a webcam may be slower than it says
            yield frame, time.monotonic() - begun if self.live else seconds
            frame, number, last = self._read(), number + 1, seconds
            if frame is not None:
                seconds = self._seconds(last)
                gap = max(gap, seconds - last)
        self.missing = self._missing(number, seconds, gap)

    def _seconds(self, last: float) -> float:
        """When the frame that was just read was taken, after the one before it.

        As the container says; a rate that varies is no other. Some have no time stamps.
        """
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return seconds if seconds > last else last + 1 / self.fps

    def _missing(self, frames: int, seconds: float, gap: float) -> str:
        """What the user reads where the file ends too early, else nothing.

        The number of frames is a guess of the duration in some containers, so the time
        has to be short too, by more than the last frames may be shown.
        """
        if self.count is None or self.count - frames < 2:
            return ''
        short = self.count / self.fps - seconds
        if short <= max(2.5 / self.fps, 1.5 * gap):
            return ''
        return (
            f'{self.name} ends early: it says {self.count} frames, {frames} could be '
            'read: it is cut off or damaged'
        )

    def _read(self) -> np.ndarray | None:
        there, frame = self._capture.read()
        if not there:
            return None
        return as_bgr(frame) if frame.ndim == 2 else frame

    def close(self) -> None:
        """Give the file or the webcam back."""
        self._capture.release()


class Writer:
    """A video file that is there once all frames are written.

    Args:
        path: Its suffix is one of ``CODECS``.
        fps: Frames a second.

    Raises:
        InputError: No such suffix, or the file cannot be written.
    """

    def __init__(self, path: Path, fps: float):
        self.path = checked_video(path)
        self.fps = fps
        self._partial = path.with_name(f'{path.stem}.partial{path.suffix}')
        self._writer: cv2.VideoWriter | None = None
        self._frames = 0

    def write(self, frame: np.ndarray) -> None:
        """Append a frame ``(H, W, 3)`` BGR uint8; all have the size of the first."""
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
        """End the file and give it its name; what was written stays, whatever comes.

        Raises:
            InputError: It cannot be read back: OpenCV says nothing of a full disk.
        """
        if self._writer is None:
            return
        self._writer.release()
        if _count(self._partial) < self._frames - 1:  # some containers' is a guess
            self._partial.unlink(missing_ok=True)
            raise InputError(f'{self.path} could not be written: is the disk full?')
        os.replace(self._partial, self.path)


def _count(path: Path) -> int:
    with _quiet_opencv():
        capture = cv2.VideoCapture(str(path))
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
        capture.release()
    return int(count)


def checked_video(path: Path) -> Path:
    """The path itself; raises :class:`InputError` where it is no video that is written."""
    if path.suffix.lower() not in CODECS:
        raise InputError(f'{path.name}: a video is written as {", ".join(CODECS)}')
    if not path.parent.is_dir():
        raise InputError(f'no folder {path.parent} to write {path.name} in')
    return path


def watch(
    source: Source,
    tracker: Tracker,
    out: Path | None = None,
    results: Path | None = None,
    show: bool = False,
    most: int | None = None,
    low_confidence_mm: float = LOW_CONFIDENCE_MM,
) -> Watched:
    """Find the points in each frame, draw them and write what is asked for.

    Args:
        source: It is closed at the end.
        tracker: Finds and follows.
        out: The video with the points over it.
        results: JSON lines, one a frame: ``{"image", "frame", "seconds", "width", "height",
            "faces", "predictions"}``; ``faces`` are the numbers of those followed.
        show: In a window; ``q`` ends it.
        most: Frames at most.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.

    Raises:
        InputError: Something cannot be written or shown.
    """
    seen = Watched()
    begun = time.perf_counter()
    with contextlib.ExitStack() as stack:
        stack.callback(source.close)
        writer = Writer(out, source.fps) if out else None
        if writer:
            stack.callback(writer.close)
        file = None
        if results:
            stack.enter_context(exclusive(results, 'another run'))
            stack.enter_context(saving(results))
            file = stack.enter_context(results.open('w', encoding='utf-8'))
        total = min(source.count or most or 0, most or source.count or 0) or None
        bar = track(source, 'watching', total, transient=True, disable=source.live)
        stack.callback(bar.close)  # type: ignore[attr-defined]  # a generator
        try:
            for frame, seconds in bar:
                found = tracker(frame[..., ::-1], seconds)
                if writer or show:
                    picture = draw_predictions_bgr(frame, found, low_confidence_mm)
                if writer:
                    writer.write(picture)
                if file:
                    record = _record(source, seen.frames, seconds, frame, tracker)
                    record['predictions'] = [
                        p.to_dict(low_confidence_mm) for p in found
                    ]
                    write_record(file, record)
                seen.frames += 1
                seen.empty += not found
                if (show and _shown(picture)) or seen.frames == most:
                    break
        except KeyboardInterrupt:  # how a webcam ends: what was written is kept
            seen.stopped = True
    seen.seconds, seen.looks = time.perf_counter() - begun, tracker.looks
    seen.lost, seen.missing = tracker.lost, source.missing
    return seen


def _record(
    source: Source, number: int, seconds: float, frame: np.ndarray, tracker: Tracker
) -> dict:
    height, width = frame.shape[:2]
    return dict(
        image=source.name,
        frame=number,
        seconds=round(seconds, 4),
        width=width,
        height=height,
        faces=[face.number for face in tracker.tracks],
    )


def _shown(picture: np.ndarray) -> bool:
    """Show a frame; whether the user has had enough."""
    try:
        cv2.imshow('mmlandmark', picture)
        return cv2.waitKey(1) & 0xFF == ord('q')
    except cv2.error:
        raise InputError('there is no screen to show the video on') from None


@contextlib.contextmanager
def _quiet_opencv():
    """OpenCV tells of every way it tried to open a file; one line of ours is enough."""
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def lines(seen: Watched, out: Path | None, results: Path | None) -> list[str]:
    """What was seen, as the user reads it."""
    rate = seen.frames / max(seen.seconds, 1e-9)
    places = [str(path) for path in (out, results) if path]
    said = [
        f'{seen.frames} frames, {rate:.1f} frames per second'
        + (f': {", ".join(places)}' if places else ''),
        f'  boxes looked for {seen.looks} times',
    ]
    if seen.empty:
        said.append(f'  nothing found in {seen.empty} frames')
    if seen.lost:
        said.append(f'  faces lost {seen.lost} times, and looked for again')
    if seen.missing:
        said.append(f'  {seen.missing}')
    if seen.stopped:
        said.append('  stopped; what was done until then is kept')
    return [printable(line) for line in said]
