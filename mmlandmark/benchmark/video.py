"""A benchmark case that finds a face in a video, and the generated video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from ..inference import LandmarkDetector
from ..inference.video.files import VideoReader, VideoWriter
from ..inference.video.lag import FPS, moving, sequence
from ..inference.video.one_euro import OneEuro
from ..inference.video.tracking import Tracker
from ..io.load import load_image
from ..io.pixels import as_bgr

SIZE = (1920, 1080)
#: Gray value around the photograph.
AROUND = 127


def write_video(photograph: Path, path: Path, frames: int) -> None:
    """Write a video of :data:`SIZE` in which a photograph moves along a circle, with noise.

    The photograph fills the height of the frame; see :func:`.lag.sequence`.

    Args:
        photograph: An image with a face.
        path: The video file.
        frames: Number of frames.

    Raises:
        InputError: The photograph cannot be read, or the video cannot be written.
    """
    image = as_bgr(load_image(photograph).pixels)
    width, height = SIZE
    scale = min(width / image.shape[1], height / image.shape[0])
    shape = round(image.shape[1] * scale), round(image.shape[0] * scale)
    x, y = (width - shape[0]) // 2, (height - shape[1]) // 2
    frame = np.full((height, width, 3), AROUND, np.uint8)
    frame[y : y + shape[1], x : x + shape[0]] = cv2.resize(
        image, shape, interpolation=cv2.INTER_CUBIC
    )
    writer = VideoWriter(path, FPS)
    for drawn, _, _ in sequence(frame, moving, frames):
        writer.write(drawn)
    writer.close()


def video_run(
    model: str, checkpoint: str | None, path: str, every: int
) -> Callable[[], int]:
    """A step that finds and tracks the faces in every frame of a video.

    Args:
        model, checkpoint: See :class:`LandmarkDetector`.
        path: The video file; reading and decoding it is part of the step.
        every: See :class:`.tracking.Tracker`.

    Returns:
        The step, which returns the number of frames.
    """
    detector = LandmarkDetector(model, checkpoint, 'cpu')

    def run() -> int:
        reader = VideoReader(path)
        tracker = Tracker(detector, every, lambda size: OneEuro(size=size))
        found = [len(tracker(f[..., ::-1], seconds)) for f, seconds in reader]
        reader.close()
        if not all(found):
            raise InputError(
                f'no face was found in {found.count(0)} of {len(found)} frames: give a '
                'photograph of a face'
            )
        return len(found)

    return run
