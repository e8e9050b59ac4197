"""Follows faces from frame to frame, so that they need not be looked for in each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from ...errors import InputError
from ...face.detection import overlap, truth_box, usable_boxes, whole_box
from ...structures.prediction import Prediction
from ..detector import LandmarkDetector
from .one_euro import OneEuro

#: Of the mean score where a face was found: below, it is lost.
MIN_RELATIVE_SCORE = 0.5
#: Looks in a row that may not find a face; then it has to score ``SURE`` of what it did
#: where it was found, as detectors miss faces whose points hold well.
MISSES = 3
SURE = 0.9
#: Overlap from which two boxes are of one face.
IOU_THRESHOLD = 0.3


@dataclass
class Track:
    """One face, or one picture that is taken whole.

    Attributes:
        number: Its own, from 1, as long as the video runs.
        box: ``(4,)`` x1, y1, x2, y2 where the points are looked for next, pixels.
        smooth: Calms its points; None leaves them as found.
        score: Mean score where it was found last by a look.
        last: Mean score in the last frame.
        missed: Looks in a row that did not find it.
    """

    number: int
    box: np.ndarray
    smooth: OneEuro | None
    score: float = 0.0
    last: float = 0.0
    missed: int = 0
    looked: bool = field(default=True, repr=False)


class Tracker:
    """Points of each face in a sequence of frames.

    The box of the next frame is the tight box of the points of this one, which is what
    face models are trained in. Boxes are looked for anew every ``every`` frames and
    whenever there is no face or one is lost: its mean score fell below half of what it
    was, or its points collapsed or left the frame. A model of whole pictures has one box
    and needs no tracking.

    Args:
        detector: Finds the points and, by ``find_boxes``, the faces.
        every: Frames between two looks.
        smooth: Makes the filter of a new face from its size in pixels; None for none.

    Attributes:
        tracks: The faces that are followed.
        looks: How often boxes were looked for.
        lost: How often a face was lost.
    """

    def __init__(
        self,
        detector: LandmarkDetector,
        every: int = 10,
        smooth: Callable[[float], OneEuro] | None = None,
    ):
        self.detector = detector
        self.every = every
        self.smooth = smooth
        self.tracks: list[Track] = []
        self.looks = 0
        self.lost = 0
        self._frame = 0
        self._next = 1

    def __call__(self, frame: np.ndarray, seconds: float) -> list[Prediction]:
        """The points in the next frame, in the order of :attr:`tracks`.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            seconds: When it was taken, for the filter.
        """
        kept = [track for track in self.tracks if _followable(track.box, frame)]
        if self._keep(kept) or not kept or self._frame % self.every == 0:
            self._look(frame)
        self._frame += 1
        predictions = self._points(frame)
        held = [
            self._held(*pair) for pair in zip(self.tracks, predictions, strict=True)
        ]
        if not all(held):  # look again at once, and only once
            self._keep([t for t, keep in zip(self.tracks, held, strict=True) if keep])
            self._look(frame)
            predictions = self._points(frame)
        return [
            self._moved(track, prediction, seconds)
            for track, prediction in zip(self.tracks, predictions, strict=True)
        ]

    def _keep(self, tracks: list[Track]) -> int:
        """Follow these on; how many were lost."""
        lost = len(self.tracks) - len(tracks)
        self.lost += lost
        self.tracks = tracks
        return lost

    def _look(self, frame: np.ndarray) -> None:
        """Find the boxes in a frame; faces that are known keep their number and filter."""
        self.looks += 1
        boxes = (np.asarray(box, float) for box in self._boxes(frame))
        found = [box for box in boxes if _followable(box, frame)]
        for track in self.tracks:
            near = [overlap(track.box, box) for box in found]
            track.looked = bool(near) and max(near) >= IOU_THRESHOLD
            track.missed = 0 if track.looked else track.missed + 1
            if track.looked:
                track.box = found.pop(int(np.argmax(near)))
        self.tracks = [track for track in self.tracks if not _doubted(track)]
        # what overlaps a face that is followed is no second one
        for box in found:
            if all(overlap(track.box, box) < IOU_THRESHOLD for track in self.tracks):
                self.tracks.append(self._begun(box))

    def _boxes(self, frame: np.ndarray) -> np.ndarray | list:
        find = self.detector.find_boxes
        return [whole_box(frame)] if find is None else find(frame)

    def _begun(self, box: np.ndarray) -> Track:
        size = float(np.sqrt(np.prod(box[2:] - box[:2] + 1)))
        smooth = self.smooth(size) if self.smooth else None
        self._next += 1
        return Track(self._next - 1, box, smooth)

    def _points(self, frame: np.ndarray) -> list[Prediction]:
        if not self.tracks:
            return []
        boxes = np.stack([track.box for track in self.tracks])
        with suppress(InputError):  # as where the points of one are not finite
            return self.detector(frame, boxes=boxes)
        found = [self._alone(frame, box) for box in boxes]
        pairs = zip(self.tracks, found, strict=True)
        self._keep([track for track, prediction in pairs if prediction])
        return [prediction for prediction in found if prediction]

    def _alone(self, frame: np.ndarray, box: np.ndarray) -> Prediction | None:
        with suppress(InputError):
            return self.detector(frame, boxes=box[None])[0]
        return None

    def _held(self, track: Track, prediction: Prediction) -> bool:
        """Whether the points are still of a face; what a look has found counts as one."""
        if track.looked:
            return True
        flat = np.ptp(prediction.points, axis=0).min() < 1  # no box for the next frame
        return (
            not flat
            and float(prediction.scores.mean()) >= MIN_RELATIVE_SCORE * track.score
        )

    def _moved(
        self, track: Track, prediction: Prediction, seconds: float
    ) -> Prediction:
        track.last = float(prediction.scores.mean())
        if track.looked:
            track.score, track.looked = track.last, False
        if self.detector.find_boxes is not None:
            # of the points as found: smoothed ones trail behind a face that moves
            track.box = truth_box(prediction.points)
        if track.smooth is None:
            return prediction
        return replace(prediction, points=track.smooth(prediction.points, seconds))


def _followable(box: np.ndarray, frame: np.ndarray) -> bool:
    """Whether a box lies in the frame and has a size, as that of points that hold has."""
    return bool(usable_boxes(box[None], frame.shape)[0]) and _side(box) >= 1


def _side(box: np.ndarray) -> float:
    return float((box[2:] - box[:2]).min())


def _doubted(track: Track) -> bool:
    return track.missed >= MISSES and track.last < SURE * track.score
