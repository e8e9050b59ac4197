"""Track faces from frame to frame, so that the detector need not run in each frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from ...errors import InputError
from ...face.detection import overlap, truth_box, usable_boxes, whole_box
from ...face.finder import FaceFinder
from ...face.found import FoundFaces
from ...structures.prediction import Prediction
from ...utils.gray_levels import spread
from ..detector import LandmarkDetector
from ..turned import MIN_ROTATION, is_no_face, roll_of, turned_box
from .association import IOU_THRESHOLD, Motion, assign, associate, overlaps
from .one_euro import OneEuro

#: A face is lost below this fraction of its mean score at its last detection.
MIN_RELATIVE_SCORE = 0.5
#: A face that was missed in so many successive detections is dropped, unless its mean score
#: is at least this fraction of that at its last detection. Detectors also miss faces that
#: are tracked well.
MAX_MISSES = 3
MIN_RELATIVE_SCORE_MISSED = 0.9
#: Longer side of a frame in which faces are looked for, pixels.
FINEST = 640
#: Margin around each box, in longer sides of the box, of the part of a frame in which
#: points are predicted. The input of the network is smaller, even for a face that is
#: rotated upright.
AROUND = 1.0
#: Least score of a detection of a tracked face; a new face needs the threshold of the
#: detector.
LOW_SCORE = 0.5
#: Seconds for which a face that was lost, or is hidden by another one, keeps its number;
#: and the number of frames between two detections during this time.
HIDDEN_SECONDS, HIDDEN_EVERY = 1.0, 3
#: Overlap from which two tracks are taken to follow the same face, which hides the other
#: one.
SAME_FACE = 0.5
#: Faces touch one another if their boxes, enlarged by this factor, overlap.
TOUCHING = 1.25
#: Least gain in total overlap with the expected boxes for which two faces exchange their
#: points.
EXCHANGE = 0.2


@dataclass(eq=False)
class Track:
    """One tracked face, or the whole picture.

    Attributes:
        number: Unique number in the video, from 1.
        box: ``(4,)`` x1, y1, x2, y2 of the next prediction, pixels.
        motion: Its last box and its velocity, which give the expected box.
        rotation: Degrees by which the box is turned clockwise about its centre.
        smooth: Filter of its points; None leaves them unchanged.
        score: Mean score at its last detection.
        last: Mean score in the last frame.
        missed: Number of successive detections that missed it.
        box_score: Score of the detector at its last detection; NaN without one.
        detected: Whether its box comes from a detection, not from the last points.
    """

    number: int
    box: np.ndarray
    motion: Motion
    smooth: OneEuro | None
    score: float = 0.0
    last: float = 0.0
    missed: int = 0
    detected: bool = field(default=True, repr=False)
    rotation: float = 0.0
    box_score: float = float('nan')


class Tracker:
    """Predicts the points of each face in a sequence of frames.

    The box in the next frame is the tight box of the points in this one, on which face
    models are trained. Boxes are detected again every ``every`` frames, and when there is
    no face or one is lost: its mean score fell below half of that at its last detection,
    or its points collapsed or left the frame. A model of whole pictures has one box and
    needs no tracking.

    Detections are assigned to faces by their overlap with the boxes that a constant
    velocity expects (:mod:`.association`), so that faces that pass one another keep their
    numbers.
    The points of a face that another one hides move to the face in front: of two faces with
    the same points, the one that moved as expected keeps them. The other one, like a lost
    face, has no points until a detection finds it where it is expected, for at most a
    second.

    Args:
        detector: Predicts the points and, with ``find_boxes``, detects the faces.
        every: Number of frames between two detections.
        smooth: Returns the filter of a new face, given its size in pixels; None for no
            filter.

    Attributes:
        tracks: The tracked faces.
        hidden: Faces without points, which may appear again.
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
        self.hidden: list[Track] = []
        self.detections = 0
        self.lost = 0
        self._frame, self._seconds = 0, 0.0
        self._next = 1

    def __call__(self, frame: np.ndarray, seconds: float) -> list[Prediction]:
        """Predict the points in the next frame, in the order of :attr:`tracks`.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            seconds: Time of the frame, for the filter.
        """
        self._seconds = seconds
        kept = [track for track in self.tracks if _trackable(track.box, frame)]
        if self._lose(kept) or self._is_due():
            self._detect(frame)
        self._frame += 1
        predictions = self._points(frame)
        held = [
            self._held(*pair) for pair in zip(self.tracks, predictions, strict=True)
        ]
        if not all(held):  # detect again once in this frame
            self._lose([t for t, keep in zip(self.tracks, held, strict=True) if keep])
            self._detect(frame)
            predictions = self._points(frame)
        predictions = self._of_faces(predictions)
        if self.detector.find_boxes is not None and len(predictions) > 1:
            predictions = self._one_face_each(predictions)
        self._follow(predictions)
        return [
            self._moved(track, prediction, seconds)
            for track, prediction in zip(self.tracks, predictions, strict=True)
        ]

    def _is_due(self) -> bool:
        """Whether boxes are detected in this frame."""
        every = min(self.every, HIDDEN_EVERY) if self.hidden else self.every
        return not self.tracks or self._frame % every == 0

    def _lose(self, kept: list[Track]) -> int:
        """Keep only these tracks; return how many were lost."""
        lost = [track for track in self.tracks if track not in kept]
        self.lost += len(lost)
        self._hide(lost)
        return len(lost)

    def _hide(self, tracks: Sequence[Track]) -> None:
        """Stop the prediction of tracks, which keep their numbers for a while."""
        self.hidden += tracks
        self.tracks = [track for track in self.tracks if track not in tracks]

    def _detect(self, frame: np.ndarray) -> None:
        """Detect the boxes in a frame; tracked faces keep their number and filter."""
        self.detections += 1
        self.hidden = [track for track in self.hidden if self._may_appear(track, frame)]
        faces, high = self._boxes(frame)
        faces = faces.take(np.array([_trackable(b, frame) for b in faces.boxes], bool))
        everyone = self.tracks + self.hidden
        expected = [track.motion.at(self._seconds) for track in everyone]
        found, new = associate(
            expected, list(faces.upright_boxes()), faces.scores, high
        )
        for k, track in enumerate(everyone):
            track.detected = k in found
            track.missed = 0 if track.detected else track.missed + 1
            if track.detected:
                own = found[k]
                track.box, track.rotation = faces.boxes[own], faces.rotations[own]
                track.box_score = faces.scores[own]
        self.tracks += [track for track in self.hidden if track.detected]
        self.hidden = [track for track in self.hidden if not track.detected]
        self._hide([track for track in self.tracks if _to_drop(track)])
        # a box that overlaps a tracked face is not a new face
        for k in new:
            box = faces.boxes[k]
            if all(overlap(track.box, box) < IOU_THRESHOLD for track in self.tracks):
                track = self._new_track(box, faces.rotations[k], faces.scores[k])
                self.tracks.append(track)
        self.tracks.sort(key=lambda track: track.number)

    def _may_appear(self, track: Track, frame: np.ndarray) -> bool:
        """Whether a hidden face can be looked for: not for long, and in the frame."""
        passed = self._seconds - track.motion.seconds
        return passed <= HIDDEN_SECONDS and _trackable(
            track.motion.at(self._seconds), frame
        )

    def _of_faces(self, predictions: list[Prediction]) -> list[Prediction]:
        """Drop the tracks whose box was detected in this frame and shows no face."""
        pairs = [
            (track, prediction)
            for track, prediction in zip(self.tracks, predictions, strict=True)
            if not (track.detected and is_no_face(prediction, track.box_score))
        ]
        self.tracks = [track for track, _ in pairs]
        return [prediction for _, prediction in pairs]

    def _one_face_each(self, predictions: list[Prediction]) -> list[Prediction]:
        """Assign the predictions to the faces whose motion they fit.

        If two tracks follow the same face, the one that fits it less is hidden.
        """
        expected = [track.motion.at(self._seconds) for track in self.tracks]
        boxes = [truth_box(prediction.points) for prediction in predictions]
        fit = overlaps(expected, boxes)
        order = np.arange(len(boxes))
        pairs = assign(fit, 1e-9)
        if len(pairs) == len(boxes) and sum(fit[i, j] for i, j in pairs) > (
            np.trace(fit) + EXCHANGE
        ):
            order = np.array([j for _, j in sorted(pairs)])
        boxes = [boxes[j] for j in order]
        same = overlaps(boxes, boxes) >= SAME_FACE
        kept: list[int] = []
        for k in np.argsort(-fit[:, order].diagonal(), kind='stable').tolist():
            if not same[k, kept].any():
                kept.append(k)
        self._hide([t for k, t in enumerate(self.tracks) if k not in kept])
        return [predictions[order[k]] for k in sorted(kept)]

    def _follow(self, predictions: Sequence[Prediction]) -> None:
        """Update the motions of the faces by their new boxes."""
        if self.detector.find_boxes is None:
            return
        boxes = [truth_box(prediction.points) for prediction in predictions]
        others = [track.motion.at(self._seconds) for track in self.hidden]
        wide = [_enlarged(box, TOUCHING) for box in boxes]
        others = [_enlarged(box, TOUCHING) for box in others]
        touching = overlaps(wide, [*wide, *others]) > 0
        for track, box, near in zip(self.tracks, boxes, touching, strict=True):
            # one of them is its own
            track.motion.update(box, self._seconds, int(near.sum()) > 1)

    def _boxes(self, frame: np.ndarray) -> tuple[FoundFaces, float]:
        """The detections, and the least score of one that may be a new face."""
        find, high = self.detector.find_boxes, 0.0
        if isinstance(find, FaceFinder):
            high = find.threshold
            # small faces, and those of a frame that was turned, are not looked for in
            # every frame in which no face is tracked
            thorough = not self.tracks and self._frame % self.every == 0
            low = min(high, LOW_SCORE) if self.tracks or self.hidden else high
            find = replace(find, threshold=low, finest=FINEST, thorough=thorough)
        faces = FoundFaces.of(
            [whole_box(frame)] if find is None else find(spread(frame))
        )
        return faces, high

    def _new_track(self, box: np.ndarray, rotation: float, score: float) -> Track:
        size = float(np.sqrt(np.prod(box[2:] - box[:2] + 1)))
        smooth = self.smooth(size) if self.smooth else None
        self._next += 1
        motion = Motion(box, self._seconds)
        return Track(
            self._next - 1, box, motion, smooth, rotation=rotation, box_score=score
        )

    def _points(self, frame: np.ndarray) -> list[Prediction]:
        if not self.tracks:
            return []
        with suppress(InputError):  # such as points of one face that are not finite
            return self._in_window(frame, self.tracks)
        found = [self._predict_one(frame, track) for track in self.tracks]
        pairs = zip(self.tracks, found, strict=True)
        self._lose([track for track, prediction in pairs if prediction])
        return [prediction for prediction in found if prediction]

    def _predict_one(self, frame: np.ndarray, track: Track) -> Prediction | None:
        with suppress(InputError):
            return self._in_window(frame, [track])[0]
        return None

    def _in_window(self, frame: np.ndarray, tracks: list[Track]) -> list[Prediction]:
        """Predict the points of tracks in the part of a large frame around them."""
        boxes, height, width = _boxes_of(tracks), *frame.shape[:2]
        if self.detector.find_boxes is None or max(height, width) <= FINEST:
            return self.detector(frame, boxes=boxes)
        # resizing all of a large frame takes longer than the network
        sides = np.stack([track.box for track in tracks])
        margin = AROUND * (sides[:, 2:] - sides[:, :2]).max(axis=1, keepdims=True)
        low = np.maximum((sides[:, :2] - margin).min(axis=0), 0).astype(int)
        high = np.ceil((sides[:, 2:] + margin).max(axis=0)).astype(int) + 1
        window = frame[low[1] : high[1], low[0] : high[0]]
        shift = np.tile(low, 2)
        inside = (
            boxes - shift
            if isinstance(boxes, np.ndarray)
            else (replace(boxes, boxes=boxes.boxes - shift))
        )
        return [
            _shifted(prediction, low, (width, height))
            for prediction in self.detector(window, boxes=inside)
        ]

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
    """The argument of a detector: boxes ``(N, 4)``, or faces if one is rotated."""
    boxes = np.stack([track.box for track in tracks])
    rotations = np.array([track.rotation for track in tracks])
    if not rotations.any():
        return boxes
    return FoundFaces(boxes, rotations, np.full(len(boxes), np.nan))


def _shifted(
    prediction: Prediction, by: np.ndarray, size: tuple[int, int]
) -> Prediction:
    """A prediction of a part of a frame that begins at ``by``, in pixels of the frame."""
    x1, y1, x2, y2 = (np.array(prediction.box) + np.tile(by, 2)).tolist()
    return replace(
        prediction, points=prediction.points + by, box=(x1, y1, x2, y2), size=size
    )


def _next_box(
    detector: LandmarkDetector, prediction: Prediction
) -> tuple[np.ndarray, float]:
    """The box around the last points, and its rotation in degrees."""
    scheme = getattr(detector, 'scheme', None)
    roll = roll_of(scheme, prediction.points) if scheme else None
    if roll is None or abs(roll) < MIN_ROTATION:
        return truth_box(prediction.points), 0.0
    return turned_box(prediction.points, roll), roll


def _enlarged(box: np.ndarray, factor: float) -> np.ndarray:
    """The box with its sides multiplied by a factor."""
    centre, half = (box[:2] + box[2:]) / 2, factor * (box[2:] - box[:2]) / 2
    return np.concatenate([centre - half, centre + half])


def _trackable(box: np.ndarray, frame: np.ndarray) -> bool:
    """Whether a box overlaps the frame and is at least one pixel wide and high."""
    return bool(usable_boxes(box[None], frame.shape)[0]) and _side(box) >= 1


def _side(box: np.ndarray) -> float:
    return float((box[2:] - box[:2]).min())


def _to_drop(track: Track) -> bool:
    low = track.last < MIN_RELATIVE_SCORE_MISSED * track.score
    return track.missed >= MAX_MISSES and low
