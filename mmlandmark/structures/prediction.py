"""What a detector returns for one box."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..io.writing import write_bytes
from ..utils.plain_text import printable
from ..utils.spreadsheet import safe_cell
from ..visualization.overlay import draw_points


@dataclass
class Prediction:
    """The points found in one box of an image, as it is displayed: turned by its EXIF tag.

    Attributes:
        points: ``(K, 2)`` x, y in pixels of the original image, 0-based pixel centres.
        scores: ``(K,)`` peak of each heatmap: 1 is as sharp as the training targets.
        names: K landmark names.
        labels: K short labels for overlays.
        box: ``(x1, y1, x2, y2)`` that was looked at.
        spacing: mm per pixel as ``(sy, sx)``; None when not known.
        expected_errors: ``(K,)`` how far off each point is likely to be, in pixels of
            the original image; None for a model that was not calibrated.
        median_expected_error: Median of the calibrated model, in the same pixels.
        z: ``(K,)`` how far each point stands out towards the viewer, in pixels of the
            original image; 0 is the mean of the K points. None for a model of the plane.
        spacing_source: Who says what the spacing is: ``'given'``, or the entry of the
            file (``'PixelSpacing'``, ...); None when it is not known.
        size: Width and height of the original image, pixels.
        skeleton: Pairs of 0-based indices to join by a line in overlays.
        scheme_name: What COCO files call the K points together.
    """

    points: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...]
    box: tuple[float, float, float, float]
    spacing: tuple[float, float] | None = None
    expected_errors: np.ndarray | None = None
    median_expected_error: float | None = None
    z: np.ndarray | None = None
    spacing_source: str | None = None
    size: tuple[int, int] | None = None
    skeleton: tuple[tuple[int, int], ...] = ()
    scheme_name: str = 'landmarks'

    @property
    def expected_errors_mm(self) -> np.ndarray | None:
        """``(K,)`` in mm; None unless the errors and the spacing are known."""
        if self.expected_errors is None or self.spacing is None:
            return None
        return self.expected_errors * (self.spacing[0] + self.spacing[1]) / 2

    def low_confidence(self, mm: float = 2.0, times: float = 2.0) -> np.ndarray | None:
        """Which points are likely to be too far off to be used unseen.

        Args:
            mm: Doubtful is what is expected to err by more, where the spacing is known;
            times: elsewhere what is expected to err by more than so many times the usual.

        Returns:
            ``(K,)`` bool; None for a model that was not calibrated.
        """
        in_mm = self.expected_errors_mm
        if in_mm is not None:
            return in_mm > mm
        if self.expected_errors is None or self.median_expected_error is None:
            return None
        return self.expected_errors > times * self.median_expected_error

    def rings(self, mm: float = 2.0) -> np.ndarray | None:
        """``(K,)`` the expected error of each doubtful point, pixels; NaN for the others.

        Args:
            mm: As :meth:`low_confidence` takes it.

        Returns:
            None for a model that was not calibrated.
        """
        low_confidence = self.low_confidence(mm)
        if low_confidence is None or self.expected_errors is None:
            return None
        return np.where(low_confidence, self.expected_errors, np.nan)

    def to_dict(self, mm: float = 2.0) -> dict:
        """Plain values for JSON; what is not known of depth and errors is left out.

        Args:
            mm: Beyond which a point is ``low_confidence``; see :meth:`low_confidence`.
        """
        rows = zip(self.names, self.points, self.scores, strict=True)
        points = [
            dict(
                name=name,
                x=round(float(x), 2),
                y=round(float(y), 2),
                score=round(float(score), 4),
            )
            for name, (x, y), score in rows
        ]
        for key, values in (
            ('z', self.z),
            ('expected_error', self.expected_errors),
            ('expected_error_mm', self.expected_errors_mm),
        ):
            if values is not None:
                for point, value in zip(points, values, strict=True):
                    point[key] = round(float(value), 2)
        low_confidence = self.low_confidence(mm)
        if low_confidence is not None:
            for point, flag in zip(points, low_confidence, strict=True):
                point['low_confidence'] = bool(flag)
        return dict(
            box=[round(float(v), 2) for v in self.box],
            spacing=list(self.spacing) if self.spacing else None,
            **(dict(spacing_source=self.spacing_source) if self.spacing_source else {}),
            points=points,
        )

    def to_csv(self, path: str | Path | None = None) -> str:
        """A table of the points: a head line, then a row each, of what is known.

        The columns ``landmark, x, y, score`` are there always; then those of
        :meth:`to_dict`.

        Args:
            path: Where to write it too.

        Returns:
            Its text.

        Raises:
            InputError: It cannot be written.
        """
        rows = self.to_dict()['points']
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        writer.writerow(['landmark', *list(rows[0])[1:]])
        for row in rows:
            row['name'] = safe_cell(printable(row['name']))
            writer.writerow(row.values())
        if path is not None:
            write_bytes(Path(path), text.getvalue().encode())
        return text.getvalue()

    def to_coco(
        self, file_name: str, image_id: int = 1, annotation_id: int = 1
    ) -> dict:
        """The points as a COCO keypoints file of one image and one annotation.

        COCO has no place for scores of single points: they stand in ``scores``.

        Args:
            file_name: Of the image.
            image_id: Its number in the file.
            annotation_id: The number of these points.

        Returns:
            Plain values for JSON; :func:`mmlandmark.formats.read_coco` reads them.
        """
        image = dict(id=image_id, file_name=file_name)
        if self.size:
            image.update(width=self.size[0], height=self.size[1])
        if self.spacing:
            image['pixel_spacing'] = list(self.spacing)
        annotation = coco_annotation(self.to_dict(), annotation_id, image_id)
        category = dict(
            id=1,
            name=self.scheme_name,
            supercategory='',
            keypoints=list(self.names),
            # COCO counts from 1
            skeleton=[[a + 1, b + 1] for a, b in self.skeleton],
        )
        return dict(images=[image], annotations=[annotation], categories=[category])

    def draw(self, image: ImageLike) -> np.ndarray:
        """The points over their image; amber rings about the doubtful ones.

        Args:
            image: What the detector was given.

        Returns:
            ``(H', W', 3)`` RGB uint8; a small image is enlarged.
        """
        bgr = as_bgr(load_image(image).pixels)
        drawn = draw_points(
            bgr, self.points, self.labels, self.skeleton, rings=self.rings()
        )
        return np.ascontiguousarray(drawn[..., ::-1])


def coco_annotation(prediction: dict, number: int, image: int) -> dict:
    """A COCO annotation of what :meth:`Prediction.to_dict` returns.

    Args:
        prediction: Plain values.
        number: Of the annotation in its file.
        image: The number of its image.
    """
    points = prediction['points']
    x1, y1, x2, y2 = prediction['box']
    width, height = round(x2 - x1, 2), round(y2 - y1, 2)
    return dict(
        id=number,
        image_id=image,
        category_id=1,
        keypoints=[value for p in points for value in (p['x'], p['y'], 2)],
        num_keypoints=len(points),
        bbox=[x1, y1, width, height],
        area=round(width * height, 2),
        iscrowd=0,
        score=round(sum(p['score'] for p in points) / len(points), 4),
        scores=[p['score'] for p in points],
    )
