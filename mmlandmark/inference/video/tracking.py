"""Track faces from frame to frame, so that the detector need not run in each frame."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from ...errors import InputError
from ...face.detection import overlap, truth_box, usable_boxes, whole_box
from ...face.finder import FaceFinder
from ...face.found import FoundFaces
from ...structures.prediction import Prediction
from ..detector import LandmarkDetector
from ..turned import TURN_FROM, roll_of, turned_box
from .one_euro import OneEuro

#: A face is lost below this fraction of its mean score at its last detection.
MIN_RELATIVE_SCORE = 0.5
#: A face that was missed in so many successive detections is dropped, unless its mean score
#: is at least this fraction of that at its last detection. Detectors also miss faces that
#: are tracked well.
MAX_MISSES = 3
MIN_RELATIVE_SCORE_MISSED = 0.9
#: Intersection over union from which two boxes are of the same face.
IOU_THRESHOLD = 0.3
#: Longer side of a frame in which faces are looked for, pixels.
FINEST = 640


@dataclass
class Track:
    """One tracked face, or the whole picture.

    Attributes:
        number: Unique number in the video, from 1.
        box: ``(4,)`` x1, y1, x2, y2 of the next prediction, pixels.
        rotation: Degrees by which the box is turned clockwise about its centre.
        smooth: Filter of its points; None leaves them unchanged.
        score: Mean score at its last detection.
        last: Mean score in the last frame.
        missed: Number of successive detections that missed it.
        detected: Whether its box comes from a detection, not from the last points.
    """

    number: int
    box: np.ndarray
    smooth: OneEuro | None
    score: float = 0.0
    last: float = 0.0
    missed: int = 0
    detected: bool = field(default=True, repr=False)
    rotation: float = 0.0


class Tracker:
    """Predicts the points of each face in a sequence of frames.

    The box in the next frame is the tight box of the points in this one, on which face
    models are trained. Boxes are detected again every ``every`` frames, and when there is
    no face or one is lost: its mean score fell below half of that at its last detection,
    or its points collapsed or left the frame. A model of whole pictures has one box and
    needs no tracking.

    Args:
        detector: Predicts the points and, with ``find_boxes``, detects the faces.
        every: Number of frames between two detections.
        smooth: Returns the filter of a new face, given its size in pixels; None for no
            filter.

    Attributes:
        tracks: The tracked faces.
        detections: Number of times that boxes were detected.
        lost: Number of times that a face was lost.
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
        self.detections = 0
        self.lost = 0
        self._frame = 0
        self._next = 1

    def __call__(self, frame: np.ndarray, seconds: float) -> list[Prediction]:
        """Predict the points in the next frame, in the order of :attr:`tracks`.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            seconds: Time of the frame, for the filter.
        """
        kept = [track for track in self.tracks if _trackable(track.box, frame)]
        if self._keep(kept) or not kept or self._frame % self.every == 0:
            self._detect(frame)
        self._frame += 1
        predictions = self._points(frame)
        held = [
            self._held(*pair) for pair in zip(self.tracks, predictions, strict=True)
        ]
        if not all(held):  # detect again once in this frame
            self._keep([t for t, keep in zip(self.tracks, held, strict=True) if keep])
            self._detect(frame)
            predictions = self._points(frame)
        return [
            self._moved(track, prediction, seconds)
            for track, prediction in zip(self.tracks, predictions, strict=True)
        ]

    def _keep(self, tracks: list[Track]) -> int:
        """Keep only these tracks; return how many were lost."""
        lost = len(self.tracks) - len(tracks)
        self.lost += lost
        self.tracks = tracks
        return lost

    def _detect(self, frame: np.ndarray) -> None:
        """Detect the boxes in a frame; tracked faces keep their number and filter."""
        self.detections += 1
        faces = self._boxes(frame)
        pairs = zip(faces.boxes, faces.rotations, strict=True)
        found = [pair for pair in pairs if _trackable(pair[0], frame)]
        for track in self.tracks:
            near = [overlap(track.box, box) for box, _ in found]
            track.detected = bool(near) and max(near) >= IOU_THRESHOLD
            track.missed = 0 if track.detected else track.missed + 1
            if track.detected:
                track.box, track.rotation = found.pop(int(np.argmax(near)))
        self.tracks = [track for track in self.tracks if not _to_drop(track)]
        # a box that overlaps a tracked face is not a new face
        for box, rotation in found:
            if all(overlap(track.box, box) < IOU_THRESHOLD for track in self.tracks):
                self.tracks.append(self._new_track(box, rotation))

    def _boxes(self, frame: np.ndarray) -> FoundFaces:
        find = self.detector.find_boxes
        if isinstance(find, FaceFinder):
            # small faces, and those of a frame that was turned, are not looked for in
            # every frame in which no face is tracked
            thorough = not self.tracks and self._frame % self.every == 0
            find = replace(find, finest=FINEST, thorough=thorough)
        return FoundFaces.of([whole_box(frame)] if find is None else find(frame))

    def _new_track(self, box: np.ndarray, rotation: float) -> Track:
        size = float(np.sqrt(np.prod(box[2:] - box[:2] + 1)))
        smooth = self.smooth(size) if self.smooth else None
        self._next += 1
        return Track(self._next - 1, box, smooth, rotation=rotation)

    def _points(self, frame: np.ndarray) -> list[Prediction]:
        if not self.tracks:
            return []
        with suppress(InputError):  # such as points of one face that are not finite
            return self.detector(frame, boxes=_boxes_of(self.tracks))
        found = [self._predict_one(frame, track) for track in self.tracks]
        pairs = zip(self.tracks, found, strict=True)
        self._keep([track for track, prediction in pairs if prediction])
        return [prediction for prediction in found if prediction]

    def _predict_one(self, frame: np.ndarray, track: Track) -> Prediction | None:
        with suppress(InputError):
            return self.detector(frame, boxes=_boxes_of([track]))[0]
        return None

    def _held(self, track: Track, prediction: Prediction) -> bool:
        """Whether the points are still on a face; a detected box is trusted."""
        if track.detected:
            return True
        flat = np.ptp(prediction.points, axis=0).min() < 1  # gives no next box
        return (
            not flat
            and float(prediction.scores.mean()) >= MIN_RELATIVE_SCORE * track.score
        )

    def _moved(
        self, track: Track, prediction: Prediction, seconds: float
    ) -> Prediction:
        track.last = float(prediction.scores.mean())
        if track.detected:
            track.score, track.detected = track.last, False
        if self.detector.find_boxes is not None:
            # of the unfiltered points, as filtered ones lag behind a moving face
            track.box, track.rotation = _next_box(self.detector, prediction)
        if track.smooth is None:
            return prediction
        return replace(prediction, points=track.smooth(prediction.points, seconds))


def _boxes_of(tracks: list[Track]) -> np.ndarray | FoundFaces:
    """What a detector takes: boxes ``(N, 4)``, or faces where one is turned."""
    boxes = np.stack([track.box for track in tracks])
    rotations = np.array([track.rotation for track in tracks])
    if not rotations.any():
        return boxes
    return FoundFaces(boxes, rotations, np.full(len(boxes), np.nan))


def _next_box(
    detector: LandmarkDetector, prediction: Prediction
) -> tuple[np.ndarray, float]:
    """The box about the last points, and its rotation."""
    scheme = getattr(detector, 'scheme', None)
    roll = roll_of(scheme, prediction.points) if scheme else None
    if roll is None or abs(roll) < TURN_FROM:
        return truth_box(prediction.points), 0.0
    return turned_box(prediction.points, roll), roll


def _trackable(box: np.ndarray, frame: np.ndarray) -> bool:
    """Whether a box overlaps the frame and is at least one pixel wide and high."""
    return bool(usable_boxes(box[None], frame.shape)[0]) and _side(box) >= 1


def _side(box: np.ndarray) -> float:
    return float((box[2:] - box[:2]).min())


def _to_drop(track: Track) -> bool:
    low = track.last < MIN_RELATIVE_SCORE_MISSED * track.score
    return track.missed >= MAX_MISSES and low
