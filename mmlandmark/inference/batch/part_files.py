"""A folder of face parts: labels, overlays and polygons."""

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
from ...utils.progress import progress
from ...visualization.parts import draw_parts, with_legend
from ..detector import LandmarkDetector
from ..parser import FaceParser
from .predictor import ImageTask

#: Percent of a group's landmarks on its part below which the two disagree.
AGREE = 50.0


def parse_images(
    parser: FaceParser,
    detector: LandmarkDetector | None,
    items: Sequence[ImageTask],
    out: Path,
) -> tuple[list[str], list[str]]:
    """Labels and overlays of every image, and one file of polygons, ``parts.json``.

    A bad image does not stop the others. Masks are not kept, their polygons are.

    Returns:
        Lines for the user, and a line on each image that was skipped.

    Raises:
        InputError: A file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    skipped: list[str] = []

    def masks() -> Iterator[tuple[str, PartMask]]:
        for item in progress(items, 'finding parts', len(items)):
            try:
                image = as_bgr(load_image(item.path).pixels)
                mask, faces, lines = find_parts(image, parser, detector)
            except InputError as error:
                skipped.append(f'  skipped: {error}')
                continue
            write_parts(out, item.stem, image, mask, faces)
            said.extend(f'  {item.path.name}: {line}' for line in lines)
            yield item.path.name, mask

    found = masks()
    first = next(found, None)
    if first is not None:
        with (out / 'parts.json').open('w', encoding='utf-8') as file:
            write_part_polygons(file, chain([first], found))
    said.append(
        f'{len(items) - len(skipped)} images: labels (_parts.png), overlays '
        f'(_overlay.png) and polygons (parts.json) in {out}'
    )
    return said, skipped


def find_parts(
    image: np.ndarray, parser: FaceParser, detector: LandmarkDetector | None = None
) -> tuple[PartMask, list[Prediction], list[str]]:
    """The parts of an image ``(H, W, 3)`` BGR.

    Args:
        image: The image.
        parser: Finds the parts.
        detector: Finds landmarks; each face is then parsed in its own head's crop.

    Returns:
        The parts; the faces and lines about each for the user, none without a detector.
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
    """NAME_parts.png, whose values are labels, and NAME_overlay.png with a legend.

    Args:
        out: The folder.
        name: Of the image.
        image: ``(H, W, 3)`` BGR.
        mask: Its parts.
        faces: Their points are drawn.

    Raises:
        InputError: One cannot be written.
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
    """Each face's parts in its own crop, the likeliest background giving way.

    Returns:
        The parts of the image, and a line a face: where its landmarks and parts agree.
    """
    lines, mask = [], None
    for face in faces:
        found = parser(rgb, face.points)
        shares = landmarks_on_parts(found.labels, found.scheme, face.points, face.names)
        lines.append(_said(shares))
        if mask is None:
            mask = found
        else:
            mask.labels = np.where(mask.labels == 0, found.labels, mask.labels)
    assert mask is not None  # there is a face
    return mask, lines


def _said(shares: dict[str, float]) -> str:
    text = ', '.join(f'{group} {share:.0f}' for group, share in shares.items())
    doubted = [group for group, share in shares.items() if share < AGREE]
    line = f'landmarks on their part, %: {text}'
    return line + (
        f'; parts or points are wrong at {", ".join(doubted)}' if doubted else ''
    )
