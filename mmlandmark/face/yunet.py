"""Detects faces by YuNet (Wu et al., Machine Intelligence Research 2023), run by OpenCV.

YuNet detects upright faces of 15 to 300 pixels, and returns for each a box, five points
(the eyes, the tip of the nose and the corners of the mouth) and a score. Larger and smaller
faces are detected in resized copies of the image. A rotated face gets a lower score and the
points of an upright one; therefore such faces are detected again in patches that are
rotated to four orientations.
"""

from __future__ import annotations

from pathlib import Path
from threading import local

import cv2
import numpy as np

from ..errors import InputError
from ..utils.affine import inverse
from .found import FoundFaces, upright_patch, wrapped
from .yunet_box import YuNetFace, distinct, tight_boxes

#: Least score of a face; the scores in lateral radiographs, which show no such face, are
#: lower.
THRESHOLD = 0.7
#: Least score of a candidate that is detected again in rotated patches.
CANDIDATE_SCORE = 0.3
#: A face with at least this score and at most this roll (degrees) is not detected again.
#: Most upright faces reach this score, but only one in a hundred that are upside down.
UPRIGHT_SCORE, MAX_UPRIGHT_ROLL = 0.92, 8.0
#: From this score in an upright patch the other orientations are not tried: a face that is
#: upside down scores less in such a patch.
UPRIGHT_PATCH_SCORE = 0.89
#: Longer sides of the copies in which faces are detected, pixels. A face needs about 15
#: pixels in one of them.
COARSE, FINE = 320, 1280
#: If the smallest face in the last copy has a shorter side, or if no face is found, faces
#: are also detected in tiles of the image at its own resolution.
SMALL = 40
TILE, TILE_OVERLAP = 2048, 160
#: Longer side of the copies that are rotated by 90, 180 and 270 degrees, pixels.
TURNED = 640
#: A patch in which a face is detected again: its side in pixels, and in sides of the box.
PATCH, PATCH_SIDES = 192, 3.0
#: Largest number of candidates that are detected again.
MAX_CANDIDATES = 200
#: A face at 45 degrees has similar scores in the two nearest orientations: orientations
#: whose score is lower than the best by at most this are compared after further rotations.
SCORE_MARGIN = 0.2
#: Largest number of rotations after the first, each by the roll of the last points.
MAX_ROTATIONS = 4
#: The points of YuNet are more upright than the face: their roll is two thirds of 30
#: degrees.
ROLL_FACTOR = 1.4
#: A face with a smaller roll, degrees, is not rotated further.
MIN_ROLL = 3.0

SAME = np.array([[1.0, 0, 0], [0, 1, 0]])

_of_thread = local()  # one network per thread, as it has internal state


def open_network(path: str | Path) -> cv2.FaceDetectorYN:
    """YuNet in a file.

    Raises:
        InputError: OpenCV cannot read the file, or has no ``FaceDetectorYN``.
    """
    if not hasattr(cv2, 'FaceDetectorYN'):
        raise InputError(
            f'OpenCV {cv2.__version__} has no FaceDetectorYN: install 4.10 or later'
        )
    try:
        data = np.fromfile(path, np.uint8)  # a path need not be ASCII on Windows
        return cv2.FaceDetectorYN.create(
            'onnx', data, np.zeros(0, np.uint8), (320, 320), CANDIDATE_SCORE, 0.3, 5000
        )
    except OSError as error:
        raise InputError(f'no face detector at {path} ({error.strerror})') from None
    except cv2.error:
        raise InputError(
            f'{path} is not a face detector that OpenCV reads: give '
            'face_detection_yunet_2023mar.onnx of OpenCV Zoo'
        ) from None


class YuNetFaces:
    """Detects faces; set ``LandmarkDetector.find_boxes`` to it.

    Args:
        path: The ONNX file.
        threshold: Least score of a face, 0 to 1.
        finest: Longer side of the largest copy of the image, pixels.
        thorough: Whether the detection is repeated for small and for rotated faces if no
            face was found.

    Raises:
        InputError: See :func:`open_network`.
    """

    def __init__(
        self,
        path: str | Path,
        threshold: float = THRESHOLD,
        finest: int = FINE,
        thorough: bool = True,
    ):
        self.path, self.threshold = str(path), threshold
        self.finest, self.thorough = finest, thorough
        self._network()  # raises if the file cannot be used

    def __call__(self, image: np.ndarray) -> FoundFaces:
        """The faces in an image, the largest first.

        Boxes are the tight boxes of the 68 points, to which YuNet's own are mapped.

        Args:
            image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        """
        return tight_boxes(self.rows(image))

    def rows(self, image: np.ndarray) -> list[YuNetFace]:
        """The faces as YuNet gives them, the largest first."""
        code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
        bgr = cv2.cvtColor(image, code)
        if min(bgr.shape[:2]) < 4:
            return []
        faces = self._verified(bgr, self._copies(bgr))
        for turned in (self._turned, self._diagonal):
            if self.thorough and not faces:
                faces = self._verified(bgr, turned(bgr))
        longest = max(bgr.shape[:2])
        if self.thorough and longest > self.finest:
            least = min((face.side for face in faces), default=0.0)
            if least * self.finest / longest < SMALL:
                faces += self._verified(bgr, self._tiles(bgr))
        return sorted(distinct(faces), key=lambda face: -face.side)

    def _network(self) -> cv2.FaceDetectorYN:
        nets = _of_thread.__dict__.setdefault('nets', {})
        if self.path not in nets:
            nets[self.path] = open_network(self.path)
        return nets[self.path]

    def _detect(
        self, bgr: np.ndarray, rotation: float = 0.0, back: np.ndarray = SAME
    ) -> list[YuNetFace]:
        """Detect faces in a copy or a part of an image.

        Args:
            bgr: ``(H, W, 3)`` uint8.
            rotation: Degrees by which the image was rotated counterclockwise.
            back: The map ``(2, 3)`` from the copy to the image.
        """
        net = self._network()
        net.setInputSize((bgr.shape[1], bgr.shape[0]))
        found = net.detect(np.ascontiguousarray(bgr))[1]
        rows = [] if found is None else np.asarray(found, float)
        return [YuNetFace(row, rotation, back) for row in rows]

    def _copies(self, bgr: np.ndarray) -> list[YuNetFace]:
        """Detect faces in smaller copies of the image."""
        longest = max(bgr.shape[:2])
        fine = min(self.finest, longest)
        sides = [COARSE, fine] if fine > 1.25 * COARSE else [fine]
        return [face for side in sides for face in self._copy(bgr, side / longest)]

    def _copy(self, bgr: np.ndarray, factor: float, quarters: int = 0):
        """Detect faces in a copy that is scaled, and rotated by multiples of 90 degrees."""
        height, width = bgr.shape[:2]
        size = max(4, round(width * factor)), max(4, round(height * factor))
        copy = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        scale = np.array([width / size[0], height / size[1]])
        # a resize keeps pixel edges in place, not centres
        turned, shift = _quarter_turn(quarters, size)
        back = np.column_stack([scale[:, None] * turned, scale * (shift + 0.5) - 0.5])
        return self._detect(np.rot90(copy, quarters), 90.0 * quarters, back)

    def _turned(self, bgr: np.ndarray) -> list[YuNetFace]:
        """Detect faces in the image rotated by 90, 180 and 270 degrees."""
        factor = min(1.0, TURNED / max(bgr.shape[:2]))
        return [f for quarters in (1, 2, 3) for f in self._copy(bgr, factor, quarters)]

    def _diagonal(self, bgr: np.ndarray) -> list[YuNetFace]:
        """Detect faces in the image rotated by odd multiples of 45 degrees."""
        size = np.array(bgr.shape[1::-1])
        side = float(np.hypot(*size))
        found = []
        for degrees in (45.0, 135.0, 225.0, 315.0):
            copy, matrix = upright_patch(
                bgr, (size - 1) / 2, degrees, side, round(min(TURNED, side))
            )
            found += self._detect(copy, degrees, inverse(matrix))
        return found

    def _tiles(self, bgr: np.ndarray) -> list[YuNetFace]:
        """Detect faces in tiles of the image at its own resolution."""
        found = []
        for y in _starts(bgr.shape[0]):
            for x in _starts(bgr.shape[1]):
                back = np.array([[1.0, 0, x], [0, 1, y]])
                found += self._detect(bgr[y : y + TILE, x : x + TILE], 0.0, back)
        return found

    def _verified(
        self, bgr: np.ndarray, candidates: list[YuNetFace]
    ) -> list[YuNetFace]:
        """The candidates that are faces; rotated ones are detected again upright."""
        faces = []
        for face in distinct(candidates)[:MAX_CANDIDATES]:
            if face.score < UPRIGHT_SCORE or abs(face.residual) > MAX_UPRIGHT_ROLL:
                face = self._detect_in_patches(bgr, face)
            if face.score >= self.threshold:
                faces.append(face)
        return distinct(faces)

    def _detect_in_patches(self, bgr: np.ndarray, face: YuNetFace) -> YuNetFace:
        """Detect a candidate again in rotated patches, until it is upright in one."""
        detections = [self._detect_in_patch(bgr, face, face.roll)]
        if _score(detections[0]) < UPRIGHT_PATCH_SCORE and face.score < UPRIGHT_SCORE:
            turned = (wrapped(face.roll + turn) for turn in (90, 180, 270))
            detections += [
                self._detect_in_patch(bgr, face, rotation) for rotation in turned
            ]
        least = max(map(_score, detections)) - SCORE_MARGIN
        found = [
            self._refine_rotation(bgr, one)
            for one in detections
            if one and one.score > least
        ]
        best = max(found, default=face, key=_score)
        if abs(wrapped(best.roll - face.roll)) < MAX_UPRIGHT_ROLL:
            # a small face may score higher in the picture than enlarged
            best = best.scored(max(best.score, face.score))
        return best

    def _refine_rotation(self, bgr: np.ndarray, face: YuNetFace) -> YuNetFace:
        """Rotate a face again by the roll of its points until the roll is small."""
        for _ in range(MAX_ROTATIONS):
            if abs(face.residual) < MIN_ROLL:
                break
            turn = wrapped(face.rotation + ROLL_FACTOR * face.residual)
            again = self._detect_in_patch(bgr, face, turn)
            if again is None or again.score < face.score - 0.05:
                break
            face = again
        return face

    def _detect_in_patch(
        self, bgr: np.ndarray, face: YuNetFace, rotation: float
    ) -> YuNetFace | None:
        """The face in the middle of a patch that is rotated upright, or None."""
        side = PATCH_SIDES * face.side
        patch, matrix = upright_patch(bgr, face.centre, rotation, side, PATCH)
        middle = np.full(2, (PATCH - 1) / 2)
        found = [
            one
            for one in self._detect(patch, rotation, inverse(matrix))
            if np.linalg.norm(one.frame_centre - middle) < PATCH / PATCH_SIDES / 2
        ]
        return max(found, default=None, key=_score)


def _score(face: YuNetFace | None) -> float:
    return face.score if face else 0.0


def _quarter_turn(
    quarters: int, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix and the shift from ``np.rot90(image, quarters)`` back to an image.

    Args:
        quarters: 0 to 3.
        size: Width and height of the image.
    """
    width, height = size
    turn = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarters)
    shifts = ((0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1))
    return turn, np.array(shifts[quarters], float)


def _starts(length: int) -> list[int]:
    """The first pixels of tiles that cover a side and overlap."""
    if length <= TILE:
        return [0]
    count = int(np.ceil((length - TILE_OVERLAP) / (TILE - TILE_OVERLAP)))
    return np.linspace(0, length - TILE, count).round().astype(int).tolist()
