"""Faces by YuNet (Wu et al., Machine Intelligence Research 2023), run by OpenCV.

YuNet finds upright faces of 15 to 300 pixels, and gives each a box, five points (the eyes,
the tip of the nose and the corners of the mouth) and a score. Larger and smaller faces are
found in resized copies of the picture. It scores a turned face lower, and gives it the
points of an upright one; such faces are looked at again in a patch turned to each of four
orientations.
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

#: Least score of a face. Of lateral radiographs, which show no such face, the highest is
#: below it.
THRESHOLD = 0.7
#: Least score of what is looked at again.
CANDIDATE = 0.3
#: From this score and within this roll, degrees, a face is not looked at again. Most
#: upright faces score as much, of those upside down one in a hundred.
SURE, UPRIGHT = 0.92, 8.0
#: From this score in an upright patch the other orientations are not looked at: a face
#: upside down scores less in one.
SURE_IN_PATCH = 0.89
#: Longer sides of the copies in which faces are looked for, pixels. A face needs about 15
#: pixels in one of them.
COARSE, FINE = 320, 1280
#: Below this side of the smallest face in the last copy, or if no face is found, the
#: picture is looked at in its own resolution, in tiles.
SMALL = 40
TILE, TILE_OVERLAP = 2048, 160
#: Longer side of the copies that are turned by 90, 180 and 270 degrees.
TURNED = 640
#: A patch in which a face is looked at again: its side in pixels, and in sides of the box.
PATCH, PATCH_SIDES = 192, 3.0
#: Largest number of candidates that are looked at again.
MAX_CANDIDATES = 200
#: A face at 45 degrees scores nearly as much in the wrong of the two nearest orientations:
#: those with a score no farther below the best are compared after further turns.
NEARLY = 0.2
#: Largest number of turns after the first, each by the roll of the points of the last.
MAX_TURNS = 4
#: YuNet's points are more upright than the face: of 30 degrees they show two thirds.
RELAXATION = 1.4
#: A face of a smaller roll than this, degrees, is turned no further.
SETTLED = 3.0

SAME = np.array([[1.0, 0, 0], [0, 1, 0]])

_of_thread = local()  # one network per thread, as it has internal state


def open_network(path: str | Path) -> cv2.FaceDetectorYN:
    """YuNet in a file.

    Raises:
        InputError: OpenCV cannot read the file, or has no ``FaceDetectorYN``.
    """
    if not hasattr(cv2, 'FaceDetectorYN'):
        raise InputError(
            f'OpenCV {cv2.__version__} has no FaceDetectorYN: take 4.10 on'
        )
    try:
        data = np.fromfile(path, np.uint8)  # a path need not be ASCII on Windows
        return cv2.FaceDetectorYN.create(
            'onnx', data, np.zeros(0, np.uint8), (320, 320), CANDIDATE, 0.3, 5000
        )
    except OSError as error:
        raise InputError(f'no face detector at {path} ({error.strerror})') from None
    except cv2.error:
        raise InputError(
            f'{path} is not a face detector that OpenCV reads: give '
            'face_detection_yunet_2023mar.onnx of OpenCV Zoo'
        ) from None


class YuNetFaces:
    """Finds faces; ``LandmarkDetector.find_boxes`` takes it.

    Args:
        path: Of the ONNX file.
        threshold: Least score.
        finest: Longer side of the largest copy of the picture.
        thorough: Whether small and turned faces are looked for where no face was found.

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
        self._network()  # a file that cannot be used is refused here

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
        """What YuNet finds in a copy or a part of a picture.

        Args:
            bgr: ``(H, W, 3)``.
            rotation: By which the picture was turned counterclockwise, degrees.
            back: The map ``(2, 3)`` from the copy to the picture.
        """
        net = self._network()
        net.setInputSize((bgr.shape[1], bgr.shape[0]))
        found = net.detect(np.ascontiguousarray(bgr))[1]
        rows = [] if found is None else np.asarray(found, float)
        return [YuNetFace(row, rotation, back) for row in rows]

    def _copies(self, bgr: np.ndarray) -> list[YuNetFace]:
        """What is found in smaller copies of the picture."""
        longest = max(bgr.shape[:2])
        fine = min(self.finest, longest)
        sides = [COARSE, fine] if fine > 1.25 * COARSE else [fine]
        return [face for side in sides for face in self._copy(bgr, side / longest)]

    def _copy(self, bgr: np.ndarray, factor: float, quarters: int = 0):
        """What is found in a copy that is scaled, and turned by quarters."""
        height, width = bgr.shape[:2]
        size = max(4, round(width * factor)), max(4, round(height * factor))
        copy = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        scale = np.array([width / size[0], height / size[1]])
        # a resize keeps pixel edges in place, not centres
        turned, shift = _quarter_turn(quarters, size)
        back = np.column_stack([scale[:, None] * turned, scale * (shift + 0.5) - 0.5])
        return self._detect(np.rot90(copy, quarters), 90.0 * quarters, back)

    def _turned(self, bgr: np.ndarray) -> list[YuNetFace]:
        """What is found in the picture turned by 90, 180 and 270 degrees."""
        factor = min(1.0, TURNED / max(bgr.shape[:2]))
        return [f for quarters in (1, 2, 3) for f in self._copy(bgr, factor, quarters)]

    def _diagonal(self, bgr: np.ndarray) -> list[YuNetFace]:
        """What is found in the picture turned by odd multiples of 45 degrees."""
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
        """What is found in tiles of the picture in its own resolution."""
        found = []
        for y in _starts(bgr.shape[0]):
            for x in _starts(bgr.shape[1]):
                back = np.array([[1.0, 0, x], [0, 1, y]])
                found += self._detect(bgr[y : y + TILE, x : x + TILE], 0.0, back)
        return found

    def _verified(
        self, bgr: np.ndarray, candidates: list[YuNetFace]
    ) -> list[YuNetFace]:
        """The faces among candidates, turned upright where that is needed."""
        faces = []
        for face in distinct(candidates)[:MAX_CANDIDATES]:
            if face.score < SURE or abs(face.residual) > UPRIGHT:
                face = self._looked_at(bgr, face)
            if face.score >= self.threshold:
                faces.append(face)
        return distinct(faces)

    def _looked_at(self, bgr: np.ndarray, face: YuNetFace) -> YuNetFace:
        """A candidate in patches that are turned until it is upright in one."""
        looks = [self._look(bgr, face, face.roll)]
        if _score(looks[0]) < SURE_IN_PATCH and face.score < SURE:
            turned = (wrapped(face.roll + turn) for turn in (90, 180, 270))
            looks += [self._look(bgr, face, rotation) for rotation in turned]
        least = max(map(_score, looks)) - NEARLY
        found = [
            self._settled(bgr, look) for look in looks if look and look.score > least
        ]
        best = max(found, default=face, key=_score)
        if abs(wrapped(best.roll - face.roll)) < UPRIGHT:
            # a small face may score higher in the picture than enlarged
            best = best.scored(max(best.score, face.score))
        return best

    def _settled(self, bgr: np.ndarray, face: YuNetFace) -> YuNetFace:
        """A face turned again by the roll of its points until that is small."""
        for _ in range(MAX_TURNS):
            if abs(face.residual) < SETTLED:
                break
            turn = wrapped(face.rotation + RELAXATION * face.residual)
            again = self._look(bgr, face, turn)
            if again is None or again.score < face.score - 0.05:
                break
            face = again
        return face

    def _look(
        self, bgr: np.ndarray, face: YuNetFace, rotation: float
    ) -> YuNetFace | None:
        """The face in the middle of a patch that is turned upright, or None."""
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
