"""Draw face parts over photographs."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..schemes.parts import PartScheme
from .overlay import contact_sheet

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_parts(
    image: np.ndarray, labels: np.ndarray, scheme: PartScheme, opacity: float = 0.5
) -> np.ndarray:
    """Colour the parts of an image; the background is unchanged.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)`` BGR uint8.
        labels: ``(H, W)``; 255 (unknown) is white.
        scheme: Scheme of the labels, with their colours.
        opacity: Opacity of the colours, 0 to 1.

    Returns:
        ``(H, W, 3)`` BGR uint8.
    """
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    palette = np.full((256, 3), 255, np.uint8)
    palette[: len(scheme)] = np.array(scheme.colors, np.uint8)[:, ::-1]
    mixed = cv2.addWeighted(palette[labels], opacity, image, 1 - opacity, 0)
    return np.where((labels == 0)[..., None], image, mixed)


def with_legend(
    picture: np.ndarray, scheme: PartScheme, labels: np.ndarray, min_side: int = 600
) -> np.ndarray:
    """Add a legend of the parts that occur to the right of a picture.

    Small pictures are enlarged to ``min_side``, so that the names are legible.
    """
    zoom = max(1.0, min_side / max(picture.shape[:2]))
    picture = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    unit = max(picture.shape[:2]) / 600
    line = round(26 * unit)
    size, width = 0.5 * unit, max(1, round(unit))
    there = [i for i in range(1, len(scheme)) if (labels == i).any()]
    texts = [cv2.getTextSize(scheme.parts[i], _FONT, size, width)[0][0] for i in there]
    column = max(texts, default=0) + 2 * line
    height = max(picture.shape[0], line * (len(there) + 1))
    canvas = np.full((height, picture.shape[1] + column, 3), 32, np.uint8)
    canvas[: picture.shape[0], : picture.shape[1]] = picture
    for row, label in enumerate(there):
        x, y = picture.shape[1] + line // 3, round((row + 0.5) * line)
        color = tuple(int(v) for v in scheme.colors[label][::-1])
        cv2.rectangle(canvas, (x, y), (x + line * 2 // 3, y + line * 2 // 3), color, -1)
        place = (x + line, y + line // 2)
        cv2.putText(canvas, scheme.parts[label], place, _FONT, size, (255, 255, 255),
                    width, cv2.LINE_AA)  # fmt: skip
    return canvas


def part_rows_picture(
    rows: Sequence[Sequence[np.ndarray]], titles: Sequence[str], side: int = 260
) -> np.ndarray:
    """A contact sheet with column titles.

    Args:
        rows: Rows of BGR pictures, one picture per title.
        titles: Titles of the columns.
        side: Side of the square of each picture, pixels.
    """
    sheet = contact_sheet([p for row in rows for p in row], len(titles), side)
    head = np.full((32, sheet.shape[1], 3), 32, np.uint8)
    for column, title in enumerate(titles):
        size = 0.5
        wide = cv2.getTextSize(title, _FONT, size, 1)[0][0]
        size *= min(1.0, (side - 12) / wide)
        place = (column * side + 6, 21)
        cv2.putText(head, title, place, _FONT, size, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([head, sheet])
