"""Writes an audit: a table, a contact sheet, and files to correct the labels in a tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..cephalometry.names import field_labels
from ..errors import InputError
from ..formats.common.image_names import names_below
from ..formats.cvat import writer as cvat
from ..formats.label_studio import writer as label_studio
from ..io.load import load_image
from ..io.pixels import as_bgr
from ..io.writing import write_image
from ..utils.whole_file import write_whole
from ..visualization.overlay import contact_sheet, draw_points
from .agreement_files import csv_bytes
from .audit import Audit, Suspicion
from .label_set import LabelSet

TOOLS = ('cvat', 'label-studio')
_SIDE = 500  # pixels of a picture of the sheet


def write_audit(
    folder: Path,
    found: Audit,
    labels: LabelSet,
    count: int,
    tool: str | None = None,
) -> list[Path]:
    """Write ``audit.csv``, ``audit.png`` and the files of a labelling tool into a folder.

    Args:
        folder: It is created.
        found: The audit of ``labels``.
        labels: Its images are drawn, where they exist.
        count: Number of images in the sheet and for the tool, the most suspicious first.
        tool: One of :data:`TOOLS`; None for no such file.

    Returns:
        The files.

    Raises:
        InputError: A file cannot be written, or a tool needs the sizes of images that do
            not exist.
    """
    content = csv_bytes(rows(found))
    table = folder / 'audit.csv'
    write_whole(table, lambda path: path.write_bytes(content))
    written = [table]
    first = found.ranking[:count]
    pictures = [_picture(found, labels, n, one) for n, one in enumerate(first, 1)]
    drawn = [picture for picture in pictures if picture is not None]
    if drawn:
        written.append(folder / 'audit.png')
        write_image(written[-1], contact_sheet(drawn, side=_SIDE))
    if tool:
        written += _for_tool(folder, tool, found, labels, first)
    return written


def rows(found: Audit) -> list[dict]:
    """One row per image, most suspicious first."""
    flagged = len(found.flagged)
    return [
        dict(
            rank=rank,
            image=one.image,
            score=round(one.score, 2),
            flagged=int(rank <= flagged),
            test=one.test,
            reason=one.reason,
            points='; '.join(found.names[k] for k in one.points),
        )
        for rank, one in enumerate(found.ranking, start=1)
    ]


def _picture(
    found: Audit, labels: LabelSet, rank: int, one: Suspicion
) -> np.ndarray | None:
    """Labels as red crosses, expected points in green; None if there is no image."""
    path = labels.images.get(one.image)
    if path is None or not path.is_file():
        return None
    pixels = as_bgr(load_image(path).pixels)
    factor = min(1.0, 2 * _SIDE / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    shown = list(one.points) or range(len(found.names))
    names = field_labels(found.names)
    picture = draw_points(
        small,
        (found.expected[one.image] + 0.5) * factor - 0.5,
        [name if k in shown and one.points else '' for k, name in enumerate(names)],
        truth=(labels.points[one.image] + 0.5) * factor - 0.5,
        min_side=2 * _SIDE,
    )
    return _titled(picture, f'{rank}. {one.image}  {one.score:.1f}', one.reason)


def _titled(picture: np.ndarray, *lines: str) -> np.ndarray:
    size = picture.shape[1] / 900
    band = np.full((int(70 * size), picture.shape[1], 3), 255, np.uint8)
    for n, line in enumerate(lines, start=1):
        # OpenCV's fonts have ASCII only
        text = line.encode('ascii', 'replace').decode()[:70]
        place = (int(8 * size), int(28 * size * n))
        cv2.putText(
            band, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.72 * size, (0, 0, 0),
            max(1, round(1.5 * size)), cv2.LINE_AA,
        )  # fmt: skip
    return np.vstack([band, picture])


def _for_tool(
    folder: Path, tool: str, found: Audit, labels: LabelSet, first: Sequence[Suspicion]
) -> list[Path]:
    """The labels of the first images, and the label definitions of the task."""
    records = [_record(found, labels, one) for one in first]
    images = names_below([record['image'] for record in records])
    if tool == 'cvat':
        files = [folder / 'audit.xml', folder / 'audit.labels.json']
        cvat.write_cvat(files[0], records, 'head', images)
        shape = next(iter(found.expected.values()))
        text = cvat.cvat_labels('head', found.names, np.nan_to_num(shape))
    else:
        files = [folder / 'audit.json', folder / 'audit.labels.xml']
        label_studio.write_label_studio(
            files[0], records, 'head', label_studio.LOCAL, images
        )
        text = label_studio.label_studio_interface('head', found.names)
    files[1].write_text(text, encoding='utf-8')
    return files


def _record(found: Audit, labels: LabelSet, one: Suspicion) -> dict:
    """The labels of an image as a prediction; suspicious points have low confidence."""
    path = labels.images.get(one.image)
    size = labels.sizes.get(one.image)
    if size is None and path is not None and path.is_file():
        size = load_image(path).size
    if size is None or path is None:
        raise InputError(
            f'{one.image}: its size is not known, as the image does not exist: a file '
            'for a labelling tool needs the images'
        )
    points = labels.points[one.image]
    there = points[np.isfinite(points).all(axis=1)]
    suspected = one.points or range(len(points))
    return dict(
        image=str(path),
        width=size[0],
        height=size[1],
        model='labels to check',
        predictions=[
            dict(
                box=[*there.min(axis=0).tolist(), *there.max(axis=0).tolist()],
                points=[
                    dict(name=name, x=x, y=y, score=1.0, low_confidence=k in suspected)
                    for k, (name, (x, y)) in enumerate(
                        zip(found.names, points.tolist(), strict=True)
                    )
                    if x == x and y == y
                ],
            )
        ],
    )
