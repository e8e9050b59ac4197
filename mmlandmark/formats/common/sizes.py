"""The size of a picture that a label file claims, against the picture's own.

Points are pixels of the picture that was labelled. Where the file beside the labels is
smaller, larger or turned by EXIF they would land elsewhere, and nothing else would show it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import InputError
from ...io.load import load_image
from ...io.pillow_files import ORIENTATION_TAG
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport, say
from .values import number, shown

Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]

SCALED = (
    'images whose size is not what their labels say, in the same proportion: '
    'their points were scaled'
)
TURNED = (
    'images that EXIF turns, labelled as their files are stored: their points were turned '
    'with them'
)
UNTOLD = (
    'images that EXIF turns, whose size does not tell how they were labelled: their points '
    'were taken as of the picture as it is displayed; check some of them'
)


@dataclass(frozen=True)
class Fit:
    """How positions in the labelled picture lie in the picture as it is displayed.

    Attributes:
        matrix: ``(2, 3)``; times ``(x, y, 1)`` of a 0-based pixel centre.
        said: What the user must be told of it.
    """

    matrix: np.ndarray
    said: tuple[str, ...] = ()

    def points(self, points: np.ndarray) -> np.ndarray:
        """Points ``(K, 2)``, NaN where missing."""
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def box(self, box: Box) -> Box:
        """A box ``(x1, y1, x2, y2)``, its corners in order again."""
        corners = self.points(np.reshape(np.array(box, float), (2, 2)))
        (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
        return float(x1), float(y1), float(x2), float(y2)

    def spacing(self, spacing: PixelSpacing) -> PixelSpacing:
        """The spacing of the picture as it is displayed."""
        steps = np.abs(np.linalg.inv(self.matrix[:, :2]))
        sx, sy = spacing.xy @ steps
        return PixelSpacing(sy, sx, spacing.source)

    def sample(self, sample: LandmarkSample) -> LandmarkSample:
        """A sample of the labelled picture as one of the picture as it is displayed."""
        return replace(
            sample,
            points=self.points(sample.points),
            box=self.box(sample.box) if sample.box else None,
            spacing=self.spacing(sample.spacing) if sample.spacing else None,
        )


def check_size(claimed: Size | None, raw: Size, orientation: int = 1) -> Fit:
    """Compare the size of the labelled picture with that of the file.

    Args:
        claimed: What the label file says; None where it says nothing.
        raw: The file's, as it is stored.
        orientation: Its EXIF orientation, 1 to 8.

    Raises:
        InputError: The sizes are not of one proportion.
    """
    upright = raw[::-1] if orientation >= 5 else raw
    if claimed is None:
        return Fit(_scaling(raw, raw), (UNTOLD,) if orientation > 1 else ())
    as_displayed, as_stored = (
        _proportional(claimed, upright),
        _proportional(claimed, raw),
    )
    if not as_displayed and (orientation == 1 or not as_stored):
        raise InputError(
            f'its labels are of a picture of {claimed[0]}x{claimed[1]} pixels, the file '
            f'has {upright[0]}x{upright[1]}: give the picture that was labelled'
        )
    said = () if claimed in (raw, upright) else (SCALED,)
    if as_displayed and as_stored:  # a square, or nearly: one may be the very size
        as_displayed, as_stored = claimed == upright, claimed == raw
    if orientation > 1 and as_displayed == as_stored:
        return Fit(_scaling(claimed, upright), (*said, UNTOLD))
    if orientation > 1 and as_stored:
        turn, scaling = _turning(raw, orientation), _scaling(claimed, raw)
        matrix = turn[:, :2] @ scaling
        matrix[:, 2] += turn[:, 2]
        return Fit(matrix, (*said, TURNED))
    return Fit(_scaling(claimed, upright), said)


def _proportional(a: Size, b: Size) -> bool:
    """Whether one size is the other's times a factor, sides rounded to whole pixels."""
    least = max((b[i] - 1) / a[i] for i in (0, 1))
    most = min((b[i] + 1) / a[i] for i in (0, 1))
    return least <= most


def _scaling(a: Size, b: Size) -> np.ndarray:
    # pixel edges, not centres, stay in place: hence the halves
    sx, sy = b[0] / a[0], b[1] / a[1]
    return np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])


def _turning(raw: Size, orientation: int) -> np.ndarray:
    """From the stored pixels to those displayed, as EXIF defines its orientations."""
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
    """A label file's width and height; None where it does not give both (or gives 0).

    Raises:
        InputError: They are not whole positive numbers.
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
    """A sample of the picture that was labelled, fitted to the file at ``sample.image``.

    Args:
        sample: Points, box and spacing are of the labelled picture; its image is a file.
        claimed: Width and height of the labelled picture.
        report: Told of what was scaled or turned; without one a warning is given.

    Raises:
        InputError: The file is of another proportion.
    """
    if not isinstance(sample.image, Path):
        return sample
    fit = fit_file(sample.image, claimed, report)
    return fit.sample(sample) if fit.said else sample


def fit_file(path: Path, claimed: Size | None, report: ReadReport | None) -> Fit:
    """How points of the labelled picture lie in a file; see :func:`fitted`."""
    found = stored_size(path)
    if found is None:  # what is wrong with the file is said where its pixels are read
        return Fit(np.eye(2, 3))
    fit = check_size(claimed, *found)
    for what in fit.said:
        say(report, what)
    return fit


def stored_size(path: Path) -> tuple[Size, int] | None:
    """Width and height as the file is stored, and its EXIF orientation; from its header.

    None where the header cannot be read.
    """
    try:
        with Image.open(path) as image:
            orientation = image.getexif().get(ORIENTATION_TAG, 1)
            size = image.size
            tags = getattr(image, 'tag_v2', None)
            if tags is not None:  # Pillow gives a TIFF's size as it is displayed
                size = tags.get(256, size[0]), tags.get(257, size[1])
            return size, orientation if orientation in range(1, 9) else 1
    except Exception:  # whatever a decoder raises on a damaged header
        pass
    try:
        return load_image(path).size, 1  # DICOM and MHA
    except InputError:
        return None
