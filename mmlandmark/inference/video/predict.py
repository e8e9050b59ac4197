"""Predict the points in every frame of a video, draw them and write them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from rich.progress import track

from ...errors import InputError
from ...structures.prediction import LOW_CONFIDENCE_MM, Prediction
from ...utils.locks import exclusive
from ...utils.plain_text import printable
from ...visualization.prediction import draw_predictions_bgr
from ..batch.records import saving, write_record
from .files import VideoReader, VideoWriter
from .tracking import Tracker


@dataclass
class VideoSummary:
    """Summary of a processed video.

    Attributes:
        frames: Number of processed frames.
        seconds: Processing time, from the first frame to the last one written.
        detections: Number of frames in which boxes were detected.
        empty: Number of frames without a prediction.
        stopped: Whether Ctrl-C stopped the processing.
        lost: How often a face was lost.
        truncation: A message if the file ends before its stated number of frames.
    """

    frames: int = 0
    seconds: float = 0.0
    detections: int = 0
    empty: int = 0
    stopped: bool = False
    lost: int = 0
    truncation: str = ''


def predict_video(
    reader: VideoReader,
    tracker: Tracker,
    out: Path | None = None,
    results: Path | None = None,
    show: bool = False,
    max_frames: int | None = None,
    low_confidence_mm: float = LOW_CONFIDENCE_MM,
) -> VideoSummary:
    """Predict the points in each frame, and draw and write them as requested.

    Args:
        reader: Closed at the end.
        tracker: Detects and tracks the faces.
        out: The video to write, with the points drawn.
        results: The file to write, with one JSON object per line and frame: ``{"image",
            "frame", "seconds", "width", "height", "faces", "predictions"}``. ``faces`` are
            the numbers of the tracked faces.
        show: Whether to show the frames in a window; the key ``q`` stops.
        max_frames: Largest number of frames.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.

    Raises:
        InputError: A file cannot be written, or there is no display.
    """
    summary = VideoSummary()
    start = time.perf_counter()
    with contextlib.ExitStack() as stack:
        stack.callback(reader.close)
        outputs = _Outputs.opened(stack, reader.fps, out, results, show)
        try:
            for frame, seconds in _progress(reader, max_frames, stack):
                found = tracker(frame[..., ::-1], seconds)
                values = _record(frame, seconds, tracker, found, low_confidence_mm)
                record = dict(image=reader.name, frame=summary.frames) | values
                quit_pressed = outputs.add(frame, found, record, low_confidence_mm)
                summary.frames += 1
                summary.empty += not found
                if quit_pressed or summary.frames == max_frames:
                    break
        except KeyboardInterrupt:  # the way to stop a webcam: written frames are kept
            summary.stopped = True
    summary.seconds = time.perf_counter() - start
    summary.detections, summary.lost = tracker.detections, tracker.lost
    summary.truncation = reader.truncation
    return summary


@dataclass
class _Outputs:
    """The requested outputs of a video: a video file, a results file and a window."""

    writer: VideoWriter | None
    file: TextIO | None
    show: bool

    @classmethod
    def opened(
        cls,
        stack: contextlib.ExitStack,
        fps: float,
        out: Path | None,
        results: Path | None,
        show: bool,
    ) -> _Outputs:
        """Open the outputs; ``stack`` closes them."""
        writer = VideoWriter(out, fps) if out else None
        if writer:
            stack.callback(writer.close)
        return cls(writer, _open_results(results, stack) if results else None, show)

    def add(
        self,
        frame: np.ndarray,
        found: list[Prediction],
        record: dict,
        low_confidence_mm: float,
    ) -> bool:
        """Draw and write one frame; return whether the user pressed ``q``."""
        if self.writer or self.show:
            picture = draw_predictions_bgr(frame, found, low_confidence_mm)
        if self.writer:
            self.writer.write(picture)
        if self.file:
            write_record(self.file, record)
        return self.show and _show(picture)


def _progress(
    reader: VideoReader, max_frames: int | None, stack: contextlib.ExitStack
) -> Iterable[tuple[np.ndarray, float]]:
    """The frames and times of a video with a progress bar, which ``stack`` closes."""
    limits = [n for n in (reader.count, max_frames) if n]
    bar = track(
        reader,
        'predicting',
        min(limits, default=None),
        transient=True,
        disable=reader.live,
    )
    stack.callback(bar.close)  # type: ignore[attr-defined]  # a generator
    return bar


def _open_results(path: Path, stack: contextlib.ExitStack) -> TextIO:
    """Open and lock the results file; errors of writing become InputErrors."""
    stack.enter_context(exclusive(path, 'another run'))
    stack.enter_context(saving(path))
    return stack.enter_context(path.open('w', encoding='utf-8'))


def _record(
    frame: np.ndarray,
    seconds: float,
    tracker: Tracker,
    found: list[Prediction],
    low_confidence_mm: float,
) -> dict:
    height, width = frame.shape[:2]
    return dict(
        seconds=round(seconds, 4),
        width=width,
        height=height,
        faces=[face.number for face in tracker.tracks],
        predictions=[prediction.to_dict(low_confidence_mm) for prediction in found],
    )


def _show(picture: np.ndarray) -> bool:
    """Show a frame; return whether the user pressed ``q``."""
    try:
        cv2.imshow('mmlandmark', picture)
        return cv2.waitKey(1) & 0xFF == ord('q')
    except cv2.error:
        raise InputError('there is no display to show the video on') from None


def summary_lines(
    summary: VideoSummary, out: Path | None, results: Path | None
) -> list[str]:
    """The summary as printable lines.

    Args:
        summary: Returned by :func:`predict_video`.
        out: The written video, or None.
        results: The written results, or None.
    """
    rate = summary.frames / max(summary.seconds, 1e-9)
    written = [str(path) for path in (out, results) if path]
    lines = [
        f'{summary.frames} frames, {rate:.1f} frames per second'
        + (f': {", ".join(written)}' if written else ''),
        f'  boxes detected in {summary.detections} frames',
    ]
    if summary.empty:
        lines.append(f'  no prediction in {summary.empty} frames')
    if summary.lost:
        lines.append(f'  faces lost {summary.lost} times and detected again')
    if summary.truncation:
        lines.append(f'  {summary.truncation}')
    if summary.stopped:
        lines.append('  stopped; the frames written before are kept')
    return [printable(line) for line in lines]
