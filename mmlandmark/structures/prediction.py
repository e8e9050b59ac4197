"""The points of one head, face or image, from a detector or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..utils.affine import mapped, scale_of
from . import coco, prediction_json
from .error_regions import ErrorRegions
from .head_view import HeadView
from .pixel_spacing import PixelSpacing

if TYPE_CHECKING:
    import supervision

#: A point is of low confidence if its expected error is above this many mm.
LOW_CONFIDENCE_MM = 2.0
#: Without a spacing: if its expected error is above this multiple of the model's median.
LOW_CONFIDENCE_TIMES = 2.0


def doubted(doubtful: np.ndarray) -> tuple[bool | None, ...]:
    """``Prediction.flags`` that make the points ``(K,)`` bool of low confidence.

    The others have no flag: their expected errors decide.
    """
    return tuple(True if one else None for one in doubtful)


@dataclass
class Prediction:
    """The points of one box of an image.

    Pixels are those of the displayed image, with its EXIF orientation applied; (0, 0) is
    the centre of the first pixel. No number is rounded.

    Attributes:
        points: ``(K, 2)`` x, y in pixels; NaN where a point is missing.
        scores: ``(K,)`` peak of each heatmap, 1 for the peak of a training target; NaN
            where not known.
        names: K landmark names.
        labels: K short labels for overlays; by default the names.
        box: ``(x1, y1, x2, y2)`` in pixels, the input of the detector; None if not known.
        rotation: Degrees by which the box is turned clockwise about its centre; 0 for an
            upright box.
        box_score: Score of the detector of the box, 0 to 1; None if it has none, or for a
            given box.
        head_pose: Pitch, yaw and roll of a face, degrees, see
            :func:`mmlandmark.face.head_pose.head_pose`; None if not known or without SciPy.
        spacing: mm per pixel and its source; None if not known.
        expected_errors: ``(K,)`` expected radial error of each point, pixels; NaN where
            not known, None for a model without a calibration.
        median_expected_error: Median of the expected errors of the model, pixels.
        z: ``(K,)`` depth of each point towards the viewer, pixels, with mean 0; None for a
            model without depth.
        size: Width and height of the image, pixels.
        skeleton: Pairs of 0-based indices to join by a line in overlays.
        scheme_name: Name of the scheme, the category in COCO files.
        moved: ``(K,)`` bool, the points that a person moved; None if there are none.
        checked: ``(K,)`` bool, the points that a person confirmed; None if there are none.
        flags: ``low_confidence`` of the K points in a file, None for a point without it;
            None for a prediction that is not from a file.
        view: How the head lies in the image, for a detector that finds it; else None.
        regions: Conformal factors of the model, for :meth:`region`; None for a model whose
            calibration has none. They are not written to files.
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
    view: HeadView | None = None
    regions: ErrorRegions | None = None

    def __post_init__(self) -> None:
        self.labels = self.labels or self.names

    @property
    def missing(self) -> np.ndarray:
        """``(K,)`` bool, the points without coordinates."""
        return ~np.isfinite(self.points).all(axis=1)

    @property
    def edited(self) -> np.ndarray:
        """``(K,)`` bool, the points that a person moved or confirmed."""
        none = np.zeros(len(self.names), bool)
        moved = none if self.moved is None else self.moved
        return moved | (none if self.checked is None else self.checked)

    @property
    def mean_expected_error(self) -> float | None:
        """Mean over the points, in pixels; None unless one of the errors is known."""
        errors = self.expected_errors
        if errors is None or not np.isfinite(errors).any():
            return None
        return float(np.nanmean(errors))

    @property
    def relative_error(self) -> float:
        """Mean expected error in multiples of the median of the model; 0 if not known."""
        error, median = self.mean_expected_error, self.median_expected_error
        return error / median if error is not None and median else 0.0

    @property
    def expected_errors_mm(self) -> np.ndarray | None:
        """``(K,)`` in mm; None unless the errors and the spacing are known."""
        if self.expected_errors is None or self.spacing is None:
            return None
        return self.expected_errors * self.spacing.mean

    def region(self, level: float = 0.9) -> np.ndarray:
        """The radius around each point that contains the true point with a coverage.

        The coverage holds for images like those of the calibration, see
        :mod:`mmlandmark.evaluation.conformal`; of measurements,
        :func:`mmlandmark.cephalometry.intervals` gives the intervals.

        Args:
            level: One of the levels of the calibration: 0.5, 0.8, 0.9 or 0.95.

        Returns:
            ``(K,)`` pixels; infinite where the calibration has too few images.

        Raises:
            InputError: The prediction has no error regions, because the model was
                calibrated without them or the prediction is from a file, or the level is
                not calibrated.
        """
        if self.regions is None or self.expected_errors is None:
            raise InputError(
                'the prediction has no error regions: predict with a model whose '
                'calibration has them (calibrate it again)'
            )
        return self.expected_errors * self.regions.factors(self.names, level)

    def low_confidence(
        self,
        mm: float = LOW_CONFIDENCE_MM,
        times: float = LOW_CONFIDENCE_TIMES,
        believe_flags: bool = True,
    ) -> np.ndarray | None:
        """The points of low confidence, which should be checked before they are used.

        A point that a person moved or confirmed is not of low confidence. A flag in a file
        has priority over the expected error.

        Args:
            mm: Largest expected error in mm, if the spacing is known.
            times: Largest expected error as a multiple of the model's median, if the
                spacing is not known.
            believe_flags: Whether the flag ``False`` has priority over a larger expected
                error.

        Returns:
            ``(K,)`` bool; None if there are neither expected errors nor flags.
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
            None if there are no expected errors.
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
            # a resize maps pixel edges, not centres, hence the offset of 0.5
            points=(self.points + 0.5) * factors - 0.5,
            box=None
            if self.box is None
            else tuple((np.array(self.box) + 0.5) * np.tile(factors, 2) - 0.5),
            spacing=self.spacing and self.spacing.scaled(fy, fx),
            expected_errors=None if errors is None else errors * fx,
            median_expected_error=None if median is None else median * fx,
            z=None if z is None else z * fx,
            size=None,
            view=self.view and self.view.resized(fx, fy),
        )

    def mapped(self, matrix: np.ndarray) -> Prediction:
        """The points in pixels of another image; the box stays as it is.

        Expected errors and depths follow the scale.

        Args:
            matrix: ``(2, 3)`` similarity map from this image to the other one.
        """
        scale = scale_of(matrix)
        errors, median, z = self.expected_errors, self.median_expected_error, self.z
        return replace(
            self,
            points=mapped(self.points, matrix),
            expected_errors=None if errors is None else errors * scale,
            median_expected_error=None if median is None else median * scale,
            z=None if z is None else z * scale,
        )

    def to_dict(self, low_confidence_mm: float = LOW_CONFIDENCE_MM) -> dict:
        """Plain values for JSON; unknown values are left out or null.

        Args:
            low_confidence_mm: The limit of each point's ``low_confidence``, see
                :meth:`low_confidence`.

        Returns:
            ``box``, ``spacing`` (``sy``, ``sx``, ``source``), ``rotation`` if it is not
            0, ``box_score`` and ``head_pose`` (``pitch``, ``yaw``, ``roll``) if known,
            ``size``, ``scheme``,
            ``skeleton``, ``median_expected_error`` and ``points``, each with ``name``,
            ``label``, ``x``, ``y`` and, if known, ``score``, ``z``,
            ``expected_error``, ``expected_error_mm``, ``low_confidence``, ``moved`` and
            ``checked``.
        """
        return prediction_json.to_values(self, self.low_confidence(low_confidence_mm))

    @classmethod
    def from_dict(cls, values: Any) -> Prediction:
        """The inverse of :meth:`to_dict`; unknown keys are ignored.

        Only ``points`` is required, and the ``name`` of each point. A point without x and
        y is missing.

        Raises:
            InputError: A value has another type, is not finite or is larger than any
                image, or there are no points.
        """
        return cls(**prediction_json.fields_of(values))

    def to_coco(
        self, file_name: str, image_id: int = 1, annotation_id: int = 1
    ) -> dict:
        """The points as a COCO keypoints file of one image and one annotation.

        The scores of the points are in ``scores``, which is not part of COCO. Expected
        errors, depths and edits are not included.

        Args:
            file_name: File name of the image.
            image_id: Id of the image.
            annotation_id: Id of the annotation.

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
            values: The content of the file, as :meth:`to_coco` returns it.
            annotation: Its 0-based index in ``annotations``.

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
