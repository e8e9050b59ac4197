"""Boxes of faces: from the true points, with jitter, or from a detector."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..io.load import load_image
from ..structures.sample import LandmarkSample, ReadReport
from .finder import FaceFinder

BOXES = ('ground_truth', 'jittered', 'detected', 'source', 'image')

#: Standard deviation of the ``'jittered'`` boxes: of the centre relative to the sides of
#: the box, and of the logarithm of the size.
NOISE = 0.05

#: FAN crops a face's box of sides w, h to a square of side 200 (w + h) / SCALE pixels. The
#: centre of the box is raised by RAISED h, as FAN's boxes differ from the tight box of 68
#: points.
SCALE = 195
RAISED = 0.12


def face_boxes(
    samples: list[LandmarkSample], kind: str, seed: int, report: ReadReport
) -> list[np.ndarray]:
    """A box ``(x1, y1, x2, y2)`` for every sample, in pixels, 0-based.

    Args:
        samples: Samples with at least one known point each.
        kind: One of ``BOXES``: the tight box of the true points, the same with jitter, the
            detected box with the largest overlap, the box of the data set, or the image.
        seed: Seed of the jitter.
        report: Counts the faces that were not detected; and those without a box in
            the data set; their box is the image.
    """
    if kind == 'ground_truth':
        return [truth_box(s.points) for s in samples]
    if kind == 'jittered':
        random = np.random.default_rng(seed)
        return [_moved(truth_box(s.points), random) for s in samples]
    if kind == 'source':
        missing = sum(s.box is None for s in samples)
        report.count(
            'faces without a box in the data set: the whole image is used', missing
        )
        return [np.array(s.box) if s.box else whole_box(_pixels(s)) for s in samples]
    if kind == 'image':
        return [whole_box(_pixels(s)) for s in samples]
    return [_detected(s, report) for s in samples]


def truth_box(points: np.ndarray) -> np.ndarray:
    """The tight box of the known points of ``(K, 2)``."""
    return np.concatenate([np.nanmin(points, axis=0), np.nanmax(points, axis=0)])


def _moved(box: np.ndarray, random: np.random.Generator) -> np.ndarray:
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    centre = centre + random.normal(0, NOISE, 2) * size
    size = size * np.exp(random.normal(0, NOISE))
    return np.concatenate([centre - size / 2, centre + size / 2])


def _pixels(sample: LandmarkSample) -> np.ndarray:
    image = sample.image
    return image if isinstance(image, np.ndarray) else load_image(image).pixels


def whole_box(image: np.ndarray) -> np.ndarray:
    """The box of an image ``(H, W)`` or ``(H, W, C)``, to its last pixel's centre."""
    height, width = image.shape[:2]
    return np.array([0, 0, width - 1, height - 1], float)


def checked_boxes(boxes: object, shape: tuple[int, ...]) -> np.ndarray:
    """Validate boxes given by a user.

    Args:
        boxes: N boxes x1, y1, x2, y2, pixels; may be empty.
        shape: ``(H, W, ...)`` of the image.

    Returns:
        ``(N, 4)`` float32.

    Raises:
        InputError: They are not ``(N, 4)`` numbers, or a box is empty or outside the image.
    """
    try:
        array = np.asarray(boxes, np.float32)
    except (TypeError, ValueError):
        raise InputError('boxes must be (N, 4) numbers x1, y1, x2, y2') from None
    if array.size == 0:
        return np.zeros((0, 4), np.float32)
    if array.ndim != 2 or array.shape[1] != 4:
        raise InputError(f'boxes must be (N, 4) x1, y1, x2, y2, not {array.shape}')
    for box in array[~usable_boxes(array, shape)]:
        raise InputError(
            f'box {box.tolist()} is empty or outside the image of {shape[1]}x{shape[0]}: '
            'give x1, y1, x2, y2 in its pixels'
        )
    return array


def usable_boxes(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which boxes ``(N, 4)`` are not empty and overlap an image, ``(N,)`` bool.

    Args:
        boxes: x1, y1, x2, y2, pixels.
        shape: ``(H, W, ...)`` of the image.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    size = np.array([shape[1], shape[0]])
    good = (low < high) & (low < size) & (high > 0) & np.isfinite(high - low)
    return good.all(axis=1)


def _detected(sample: LandmarkSample, report: ReadReport) -> np.ndarray:
    """The detected box with the largest overlap with the true face, or the image."""
    image = _pixels(sample)
    found = detect_faces(image)
    truth = truth_box(sample.points)
    overlaps = [overlap(box, truth) for box in found]
    if not overlaps or max(overlaps) == 0:
        report.count('faces the detector did not find: the whole image is their box')
        return whole_box(image)
    return found[int(np.argmax(overlaps))]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes ``(4,)`` x1, y1, x2, y2; 0 if both are empty."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = float(np.prod(np.clip(sides, 0, None)))
    union = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common)
    return common / union if union > 0 else 0.0


def reference_crop(box: np.ndarray) -> tuple[np.ndarray, float]:
    """The square crop of FAN.

    Args:
        box: ``(4,)`` x1, y1, x2, y2 in pixels.

    Returns:
        Its centre ``(2,)`` and its side, pixels.
    """
    box = np.asarray(box, float)
    width, height = box[2:] - box[:2]
    centre = (box[:2] + box[2:]) / 2 - (0, RAISED * height)
    return centre, 200 * float(width + height) / SCALE


def detect_faces(image: np.ndarray) -> np.ndarray:
    """The upright boxes ``(N, 4)`` of the faces in an image; nothing is fetched for it.

    Args:
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.

    Returns:
        x1, y1, x2, y2, pixels, largest first; of a turned face, the box that encloses it.
    """
    return FaceFinder(fetch=False)(image).upright_boxes()
