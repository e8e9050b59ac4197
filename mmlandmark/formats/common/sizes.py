"""Maps points from the image that was labelled to the image file.

Points are pixels of the labelled image. If the file has another size, or an EXIF
orientation, they would be misplaced without an error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import InputError
from ...io.load import load_image
from ...io.pillow_files import orientation_of
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport, note
from .values import number, shown

Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]

SCALED = (
    'images with another size than in their labels, at the same aspect ratio: '
    'their points were scaled'
)
ROTATED = (
    'images with an EXIF orientation, labelled as stored: their points were rotated with '
    'them'
)
UNKNOWN = (
    'images with an EXIF orientation, whose size does not show how they were labelled: '
    'their points are taken as those of the displayed image; check some of them'
)


@dataclass(frozen=True)
class Fit:
    """An affine map from the labelled image to the displayed image.

    Attributes:
        matrix: ``(2, 3)``, applied to ``(x, y, 1)`` of 0-based pixel centres.
        notes: Sentences for the report on what was changed.
    """

    matrix: np.ndarray
    notes: tuple[str, ...] = ()

    def points(self, points: np.ndarray) -> np.ndarray:
        """Map points ``(K, 2)``; NaN stays NaN."""
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def box(self, box: Box) -> Box:
        """Map a box ``(x1, y1, x2, y2)``; its corners stay ordered."""
        corners = self.points(np.reshape(np.array(box, float), (2, 2)))
        (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
        return float(x1), float(y1), float(x2), float(y2)

    def spacing(self, spacing: PixelSpacing) -> PixelSpacing:
        """Map a spacing, mm per pixel, to the displayed image."""
        steps = np.abs(np.linalg.inv(self.matrix[:, :2]))
        sx, sy = spacing.xy @ steps
        return PixelSpacing(sy, sx, spacing.source)

    def sample(self, sample: LandmarkSample) -> LandmarkSample:
        """Map points, box, spacing and the annotators' points of a sample."""
        extra = sample.extra
        if 'annotators' in extra:
            views = extra['annotators'].items()
            extra = {**extra, 'annotators': {k: self.points(v) for k, v in views}}
        return replace(
            sample,
            points=self.points(sample.points),
            box=self.box(sample.box) if sample.box else None,
            spacing=self.spacing(sample.spacing) if sample.spacing else None,
            extra=extra,
        )


def check_size(claimed: Size | None, raw: Size, orientation: int = 1) -> Fit:
    """Find the map from the size in the labels to the displayed image.

    Args:
        claimed: Width and height in the label file; None if it has none.
        raw: Width and height of the image file as stored.
        orientation: Its EXIF orientation, 1 to 8.

    Raises:
        InputError: The aspect ratios differ.
    """
    upright = raw[::-1] if orientation >= 5 else raw
    if claimed is None:
        return Fit(_scaling(raw, raw), (UNKNOWN,) if orientation > 1 else ())
    as_displayed, as_stored = (
        _proportional(claimed, upright),
        _proportional(claimed, raw),
    )
    if not as_displayed and (orientation == 1 or not as_stored):
        raise InputError(
            f'its labels are for an image of {claimed[0]}x{claimed[1]} pixels, the file '
            f'has {upright[0]}x{upright[1]}: give the image that was labelled'
        )
    notes = () if claimed in (raw, upright) else (SCALED,)
    if as_displayed and as_stored:  # square or nearly: only one size may be equal
        as_displayed, as_stored = claimed == upright, claimed == raw
    if orientation > 1 and as_displayed == as_stored:
        return Fit(_scaling(claimed, upright), (*notes, UNKNOWN))
    if orientation > 1 and as_stored:
        rotation, scaling = _rotation(raw, orientation), _scaling(claimed, raw)
        matrix = rotation[:, :2] @ scaling
        matrix[:, 2] += rotation[:, 2]
        return Fit(matrix, (*notes, ROTATED))
    return Fit(_scaling(claimed, upright), notes)


def _proportional(a: Size, b: Size) -> bool:
    """Whether the aspect ratios are equal, with sides rounded to whole pixels."""
    low = max((b[i] - 1) / a[i] for i in (0, 1))
    high = min((b[i] + 1) / a[i] for i in (0, 1))
    return low <= high


def _scaling(a: Size, b: Size) -> np.ndarray:
    # a resize maps pixel edges, not centres, hence the offset of 0.5
    sx, sy = b[0] / a[0], b[1] / a[1]
    return np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])


def _rotation(raw: Size, orientation: int) -> np.ndarray:
    """The map from stored to displayed pixels, as EXIF defines its orientations."""
    right, bottom = raw[0] - 1, raw[1] - 1
    return np.array(
        {
            2: [[-1, 0, right], [0, 1, 0]],
            3: [[-1, 0, right], [0, -1, bottom]],
            4: [[1, 0, 0], [0, -1, bottom]],
            5: [[0, 1, 0], [1, 0, 0]],
            6: [[0, -1, bottom], [1, 0, 0]],
            7: [[0, -1, bottom], [-1, 0, right]],
            8: [[0, 1, 0], [-1, 0, right]],
        }[orientation],
        float,
    )


def claimed_size(width: Any, height: Any) -> Size | None:
    """The width and height in a label file; None where one is missing or 0.

    Raises:
        InputError: They are not positive integers.
    """
    sides = number(width, 'the width'), number(height, 'the height')
    if any(np.isnan(side) or side == 0 for side in sides):
        return None
    if any(side < 0 or not side.is_integer() for side in sides):
        raise InputError(
            f'its size {shown(width)} x {shown(height)} is not whole pixels'
        )
    return int(sides[0]), int(sides[1])


def fitted(
    sample: LandmarkSample, claimed: Size | None, report: ReadReport | None
) -> LandmarkSample:
    """Map a sample from the labelled image to the image file.

    Args:
        sample: Its points, box and spacing refer to the labelled image.
        claimed: Width and height of the labelled image.
        report: Counts what was scaled or rotated; without it a warning is issued.

    Raises:
        InputError: The file has another aspect ratio.
    """
    if not isinstance(sample.image, Path):
        return sample
    fit = fit_file(sample.image, claimed, report)
    return fit.sample(sample) if fit.notes else sample


def fit_file(path: Path, claimed: Size | None, report: ReadReport | None) -> Fit:
    """The map from the labelled image to a file; see :func:`fitted`."""
    found = stored_size(path)
    if found is None:  # reading its pixels will raise the error
        return Fit(np.eye(2, 3))
    fit = check_size(claimed, *found)
    for text in fit.notes:
        note(report, text)
    return fit


def displayed_size(path: Path) -> Size:
    """Width and height of an image after its EXIF orientation.

    Raises:
        InputError: The file is not a readable image.
    """
    found = stored_size(path)
    if found is None:
        raise InputError(f'{path} is not a readable image')
    (width, height), orientation = found
    return (height, width) if orientation >= 5 else (width, height)


def stored_size(path: Path) -> tuple[Size, int] | None:
    """Width and height as stored, and the EXIF orientation, from the file's header.

    Returns:
        None if the header cannot be read.
    """
    try:
        with Image.open(path) as image:
            orientation = orientation_of(image)
            size = image.size
            tags = getattr(image, 'tag_v2', None)
            if tags is not None:  # Pillow gives the displayed size of a TIFF
                size = tags.get(256, size[0]), tags.get(257, size[1])
            return size, orientation
    except Exception:  # decoders raise any exception on a damaged header
        pass
    try:
        return load_image(path).size, 1  # DICOM and MHA
    except InputError:
        return None
