"""Predicts the face parts of many images: label images, overlays and polygons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...evaluation.face_parts.consistency import landmarks_on_parts
from ...formats.coco.writer import write_part_polygons
from ...formats.parts import write_labels
from ...io.load import load_image
from ...io.pixels import as_bgr
from ...io.writing import write_image
from ...structures.part_mask import PartMask
from ...structures.prediction import Prediction
from ...utils.plain_text import counted
from ...utils.progress import progress
from ...visualization.parts import draw_parts, with_legend
from ..detector import LandmarkDetector
from ..parser import FaceParser
from .predictor import ImageTask

#: Landmarks and parts disagree if a smaller percentage of a group lies on its part.
AGREE = 50.0


def parse_images(
    parser: FaceParser,
    detector: LandmarkDetector | None,
    items: Sequence[ImageTask],
    out: Path,
) -> tuple[list[str], list[str]]:
    """Write label images and overlays, and the polygons of all images to ``parts.json``.

    An image that cannot be used is skipped. Masks are not held in memory.

    Returns:
        The summary as lines, and one line per skipped image.

    Raises:
        InputError: A file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    skipped: list[str] = []

    def masks() -> Iterator[tuple[str, PartMask]]:
        for item in progress(items, 'finding parts', len(items)):
            try:
                image = as_bgr(load_image(item.path).pixels)
                mask, faces, notes = find_parts(image, parser, detector)
            except InputError as error:
                skipped.append(f'  skipped: {error}')
                continue
            write_parts(out, item.stem, image, mask, faces)
            lines.extend(f'  {item.path.name}: {note}' for note in notes)
            yield item.path.name, mask

    found = masks()
    first = next(found, None)
    if first is not None:
        with (out / 'parts.json').open('w', encoding='utf-8') as file:
            write_part_polygons(file, chain([first], found))
    lines.append(
        f'{counted(len(items) - len(skipped), "image")}: labels (_parts.png), overlays '
        f'(_overlay.png) and polygons (parts.json) in {out}'
    )
    return lines, skipped


def find_parts(
    image: np.ndarray, parser: FaceParser, detector: LandmarkDetector | None = None
) -> tuple[PartMask, list[Prediction], list[str]]:
    """Predict the face parts of an image, and the landmarks if a detector is given.

    Args:
        image: ``(H, W, 3)`` BGR uint8.
        parser: Predicts the parts.
        detector: Predicts landmarks; each face is then parsed in a crop of its head.

    Returns:
        The parts, the faces and one line per face; without a detector no faces or lines.
    """
    rgb = image[..., ::-1]
    faces = detector(rgb) if detector else []
    if faces:
        mask, lines = parse_faces(rgb, parser, faces)
        return mask, faces, lines
    lines = ['no face found, the whole image was parsed'] if detector else []
    return parser(rgb), [], lines


def write_parts(
    out: Path, name: str, image: np.ndarray, mask: PartMask, faces: list[Prediction]
) -> None:
    """Write NAME_parts.png, whose values are labels, and NAME_overlay.png with a legend.

    Args:
        out: An existing folder.
        name: The file names without their suffixes.
        image: ``(H, W, 3)`` BGR.
        mask: The parts of the image.
        faces: Predictions whose points are drawn.

    Raises:
        InputError: A file cannot be written.
    """
    write_labels(out / f'{name}_parts.png', mask)
    picture = draw_parts(image, mask.labels, mask.scheme)
    radius = max(1, round(max(image.shape[:2]) / 250))
    for face in faces:
        for x, y in face.points[np.isfinite(face.points).all(axis=1)]:
            cv2.circle(picture, (round(x), round(y)), radius, (80, 255, 80), -1)
    legend = with_legend(picture, mask.scheme, mask.labels)
    write_image(out / f'{name}_overlay.png', legend)


def parse_faces(
    rgb: np.ndarray, parser: FaceParser, faces: list[Prediction]
) -> tuple[PartMask, list[str]]:
    """Parse each face in a crop of its head; where crops overlap, the first part is used.

    Returns:
        The parts of the image, and one line per face on how its landmarks and parts agree.
    """
    lines, mask = [], None
    for face in faces:
        found = parser(rgb, face.points)
        shares = landmarks_on_parts(found.labels, found.scheme, face.points, face.names)
        lines.append(_agreement(shares))
        if mask is None:
            mask = found
        else:
            mask.labels = np.where(mask.labels == 0, found.labels, mask.labels)
    assert mask is not None  # there is at least one face
    return mask, lines


def _agreement(shares: dict[str, float]) -> str:
    text = ', '.join(f'{group} {share:.0f}' for group, share in shares.items())
    wrong = [group for group, share in shares.items() if share < AGREE]
    line = f'landmarks on their part, %: {text}'
    return line + (
        f'; parts or points are wrong at {", ".join(wrong)}' if wrong else ''
    )
