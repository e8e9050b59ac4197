"""The points of one head, face or image: found by a detector, read from a file, edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import coco, prediction_json
from .pixel_spacing import PixelSpacing

if TYPE_CHECKING:
    import supervision

#: A point is of low confidence where its expected error is above this many mm.
LOW_CONFIDENCE_MM = 2.0
#: Where the spacing is not known: where it is above this many times the model's median.
LOW_CONFIDENCE_TIMES = 2.0


@dataclass
class Prediction:
    """The points of one box of an image.

    Pixels are those of the image as it is displayed, turned as its EXIF tag says; (0, 0)
    is the centre of the first pixel. Nothing is rounded.

    Attributes:
        points: ``(K, 2)`` x, y in pixels; NaN where a point is missing.
        scores: ``(K,)`` peak of each heatmap, 1 is as sharp as the training targets; NaN
            where not known.
        names: K landmark names.
        labels: K short labels for overlays; by default the names.
        box: ``(x1, y1, x2, y2)`` in pixels in which the points were looked for; None
            where not known.
        rotation: Degrees by which the box is turned about its centre, clockwise as
            displayed: that of a face which was found turned; 0 for an upright box.
        box_score: Of the detector that found the box, 0 to 1; None where it gives none,
            or the box was given.
        head_pose: Pitch, yaw and roll of a face, degrees, see
            :func:`mmlandmark.face.head_pose.head_pose`; None where not known.
        spacing: mm per pixel and who states it; None where not known.
        expected_errors: ``(K,)`` mean radial error to be expected of each point, pixels;
            NaN where not known, None for a model that was not calibrated.
        median_expected_error: Median of the calibrated model, pixels.
        z: ``(K,)`` how far each point stands out towards the viewer, pixels; 0 is the
            mean of the K points. None for a model without depth.
        size: Width and height of the image, pixels.
        skeleton: Pairs of 0-based indices to join by a line in overlays.
        scheme_name: What COCO files call the K points together.
        moved: ``(K,)`` bool, the points that a person set; None for none of them.
        checked: ``(K,)`` bool, the points that a person confirmed; None for none.
        flags: What a file states of the low confidence of each of the K points, None for
            a point of which it states nothing; None for a prediction of no file.
    """

    points: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    spacing: PixelSpacing | None = None
    expected_errors: np.ndarray | None = None
    median_expected_error: float | None = None
    z: np.ndarray | None = None
    size: tuple[int, int] | None = None
    skeleton: tuple[tuple[int, int], ...] = ()
    scheme_name: str = 'landmarks'
    moved: np.ndarray | None = None
    checked: np.ndarray | None = None
    flags: tuple[bool | None, ...] | None = None
    rotation: float = 0.0
    box_score: float | None = None
    head_pose: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        self.labels = self.labels or self.names

    @property
    def missing(self) -> np.ndarray:
        """``(K,)`` bool, the points without a place."""
        return ~np.isfinite(self.points).all(axis=1)

    @property
    def edited(self) -> np.ndarray:
        """``(K,)`` bool, the points that a person set or confirmed."""
        none = np.zeros(len(self.names), bool)
        moved = none if self.moved is None else self.moved
        return moved | (none if self.checked is None else self.checked)

    @property
    def expected_errors_mm(self) -> np.ndarray | None:
        """``(K,)`` in mm; None unless the errors and the spacing are known."""
        if self.expected_errors is None or self.spacing is None:
            return None
        return self.expected_errors * self.spacing.mean

    def low_confidence(
        self,
        mm: float = LOW_CONFIDENCE_MM,
        times: float = LOW_CONFIDENCE_TIMES,
        believe_flags: bool = True,
    ) -> np.ndarray | None:
        """Which points are likely to be too far off to be used without a check.

        A point that a person set or confirmed is not. Where a file flags a point, the
        flag holds; else the expected error decides.

        Args:
            mm: The largest expected error in mm, where the spacing is known.
            times: Elsewhere the largest expected error in multiples of the model's
                median.
            believe_flags: Whether a flag that a point is *not* of low confidence holds
                against a larger expected error.

        Returns:
            ``(K,)`` bool; None where neither a calibration nor a file says anything.
        """
        found = self._too_far(mm, times)
        if self.flags is not None:
            found = np.zeros(len(self.names), bool) if found is None else found
            if believe_flags:
                found &= np.array([flag is not False for flag in self.flags])
            found |= np.array([flag is True for flag in self.flags])
        return None if found is None else found & ~self.edited

    def _too_far(self, mm: float, times: float) -> np.ndarray | None:
        in_mm = self.expected_errors_mm
        if in_mm is not None:
            return in_mm > mm
        if self.expected_errors is None or self.median_expected_error is None:
            return None
        return self.expected_errors > times * self.median_expected_error

    def rings(self, mm: float = LOW_CONFIDENCE_MM) -> np.ndarray | None:
        """``(K,)`` expected error of each point of low confidence, else NaN; pixels.

        Args:
            mm: See :meth:`low_confidence`.

        Returns:
            None where there is no expected error.
        """
        low_confidence = self.low_confidence(mm)
        if low_confidence is None or self.expected_errors is None:
            return None
        return np.where(low_confidence, self.expected_errors, np.nan)

    def resized(self, fx: float, fy: float) -> Prediction:
        """The prediction in pixels of the image resized by ``fx`` in x, ``fy`` in y.

        Expected errors and depths follow ``fx``.
        """
        factors = np.array([fx, fy])
        errors, median, z = self.expected_errors, self.median_expected_error, self.z
        return replace(
            self,
            # a resize keeps pixel edges, not centres, in place: hence the halves
            points=(self.points + 0.5) * factors - 0.5,
            box=None
            if self.box is None
            else tuple((np.array(self.box) + 0.5) * np.tile(factors, 2) - 0.5),
            spacing=self.spacing and self.spacing.scaled(fy, fx),
            expected_errors=None if errors is None else errors * fx,
            median_expected_error=None if median is None else median * fx,
            z=None if z is None else z * fx,
            size=None,
        )

    def to_dict(self, low_confidence_mm: float = LOW_CONFIDENCE_MM) -> dict:
        """Plain values for JSON; what is not known is left out or null.

        Args:
            low_confidence_mm: The limit of each point's ``low_confidence``, see
                :meth:`low_confidence`.

        Returns:
            ``box``, ``spacing`` (``sy``, ``sx``, ``source``), ``rotation`` if it is not
            0, ``box_score`` and ``head_pose`` (``pitch``, ``yaw``, ``roll``) if known,
            ``size``, ``scheme``,
            ``skeleton``, ``median_expected_error`` and ``points``, each with ``name``,
            ``label``, ``x``, ``y`` and what is known of ``score``, ``z``,
            ``expected_error``, ``expected_error_mm``, ``low_confidence``, ``moved`` and
            ``checked``.
        """
        return prediction_json.to_values(self, self.low_confidence(low_confidence_mm))

    @classmethod
    def from_dict(cls, values: Any) -> Prediction:
        """The inverse of :meth:`to_dict`; keys that it does not know are left alone.

        Only ``points`` is needed, and of each point its ``name``. A point without x and y
        is missing.

        Raises:
            InputError: A value is of another type, not finite or farther from the first
                pixel than an image is large, or there is no point.
        """
        return cls(**prediction_json.fields_of(values))

    def to_coco(
        self, file_name: str, image_id: int = 1, annotation_id: int = 1
    ) -> dict:
        """The points as a COCO keypoints file of one image and one annotation.

        COCO has no place for the score of a single point: ``scores`` holds them. Expected
        errors, depths and edits are not in it.

        Args:
            file_name: The file of the image.
            image_id: The number of the image in the file.
            annotation_id: The number of these points.

        Returns:
            Plain values for JSON; :func:`mmlandmark.formats.read_coco` reads them.
        """
        return coco.file_values(
            [coco.image_entry(image_id, file_name, self.size, self.spacing)],
            [self.coco_annotation(annotation_id, image_id)],
            [coco.category_entry(self.scheme_name, self.names, self.skeleton)],
        )

    def coco_annotation(self, annotation_id: int, image_id: int) -> dict:
        """The points as an entry of a COCO file's ``annotations``."""
        box = self.box
        if box is None:
            there = self.points[~self.missing]
            low, high = (there.min(0), there.max(0)) if len(there) else np.zeros((2, 2))
            box = (*low.tolist(), *high.tolist())
        return coco.keypoints_entry(
            annotation_id, image_id, self.points, coco.xywh(box), self.scores
        )

    @classmethod
    def from_coco(cls, values: Any, annotation: int = 0) -> Prediction:
        """The points of one annotation of a COCO keypoints file.

        Args:
            values: The file's plain values, as :meth:`to_coco` gives them.
            annotation: Its 0-based place in ``annotations``.

        Raises:
            InputError: It is not a COCO keypoints file, or has no such annotation.
        """
        return cls(**coco.prediction_fields(values, annotation))

    def to_supervision(self) -> supervision.KeyPoints:
        """The points as ``KeyPoints`` of the package supervision, one object.

        Missing points are at (0, 0), which supervision does not draw. Confidences are the
        scores.

        Raises:
            ImportError: supervision is not installed.
        """
        import supervision  # an optional dependency

        places = np.where(self.missing[:, None], 0, self.points)
        scores = self.scores[None].astype(np.float32)
        # by position: the name of the third argument differs between versions
        return supervision.KeyPoints(
            places[None].astype(np.float32),
            np.zeros(1, int),
            scores if np.isfinite(scores).all() else None,
        )
