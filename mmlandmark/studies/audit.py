"""Ranks the labels of a data set that are probably wrong.

Each image gets a score per test; a score is a robust z value among the images of the set:
``(log statistic - median) / (1.4826 * MAD)``. The largest decides the rank.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import InputError
from .image_regression import ImageRegression
from .label_set import LabelSet
from .shapes import FOLDS, ShapeModel, align, fit_shapes, shape_sizes

#: Smallest number of images for reliable shape statistics.
MIN_IMAGES = 20
#: Score from which an image is flagged: chosen on the training part of ISBI 2015, where no
#: untouched image of 150 reached it.
THRESHOLD = 4.0


@dataclass
class Suspicion:
    """One image of the ranking.

    Attributes:
        image: Its id.
        score: The largest robust z of its tests.
        test: The test with this score.
        reason: What is probably wrong, as text.
        points: Indices of the landmarks concerned; empty for all.
    """

    image: str
    score: float
    test: str
    reason: str
    points: tuple[int, ...] = ()


@dataclass
class Audit:
    """The ranking of all images, most suspicious first.

    Attributes:
        ranking: One entry per image.
        names: K landmark names.
        expected: Image id to ``(K, 2)``: the points as a detector, or the shapes of the
            other images, expect them.
        remarks: Lines on what the audit can and cannot detect.
    """

    ranking: list[Suspicion]
    names: tuple[str, ...]
    expected: dict[str, np.ndarray]
    remarks: list[str] = field(default_factory=list)

    @property
    def flagged(self) -> list[Suspicion]:
        """The images with a score of at least :data:`THRESHOLD`."""
        return [one for one in self.ranking if one.score >= THRESHOLD]


def audit(
    labels: LabelSet,
    detected: LabelSet | None = None,
    regression: ImageRegression | None = None,
) -> Audit:
    """Rank the images of a set by how probable a wrong label is.

    Args:
        labels: At least 20 images.
        detected: Points of a detector on the same images, preferably one that was not
            trained on these labels.
        regression: Predicts the points from the images if there is no detector. Without
            both, the labels are compared with the shapes only.

    Raises:
        InputError: There are too few images or points, or the detector has other points.
    """
    ids = [one for one, p in labels.points.items() if np.isfinite(p[:, 0]).sum() >= 3]
    if detected is not None:
        ids = [one for one in ids if one in detected.points]
    if len(ids) < MIN_IMAGES or len(labels.names) < 4:
        raise InputError(
            f'{labels.name}: {len(ids)} images of {len(labels.names)} points can be '
            f'compared; an audit needs {MIN_IMAGES} images and 4 points'
        )
    points = labels.array(ids)
    tests = _ShapeTests(points, labels).run()
    expected = tests.expected
    remarks = [
        'A shift of all points by the same offset, such as one pixel for a wrong index '
        'base, and the points of another head cannot be seen in shapes.'
    ]
    compared = None
    if detected is not None:
        found = _detected_points(labels, detected, ids)
        compared = _PredictionTests(points, found, labels, 'detector', 'the detector')
        remarks = [offset_line(points, found)]
    elif regression is not None:
        if set(ids) <= set(regression.ids):
            regressed = regression({one: labels.points[one] for one in ids})
            found = np.stack([regressed[one] for one in ids])
            compared = _PredictionTests(
                points, found, labels, 'image', 'the regression on the other images'
            )
            remarks = [
                'A shift of all points by the same offset, such as one pixel for a wrong '
                'index base, cannot be seen without a detector.'
            ]
        else:
            remarks.append('Images are missing, so only the shapes were compared.')
    if compared is not None:
        compared.run()
        tests.scores.update(compared.scores)
        tests.reasons.update(compared.reasons)
        expected = compared.found
    ranking = _ranked(ids, tests)
    return Audit(ranking, labels.names, dict(zip(ids, expected, strict=True)), remarks)


def _detected_points(
    labels: LabelSet, detected: LabelSet, ids: list[str]
) -> np.ndarray:
    from .agreement import _keys

    places = _keys(detected.names)
    keys = list(_keys(labels.names))
    if not any(key in places for key in keys):
        raise InputError(f'{detected.name} has none of the points of {labels.name}')
    found = detected.array(ids)
    missing = np.full((*found.shape[:1], 2), np.nan)
    return np.stack(
        [found[:, places[k]] if k in places else missing for k in keys], axis=1
    )


def offset_line(points: np.ndarray, found: np.ndarray) -> str:
    """The mean offset of the labels from the detector's points, with its 95 % interval.

    A wrong index base shifts the labels of all images by one pixel in x and y. It cannot be
    seen in one image, but in the mean of many, if the detector itself has no bias.
    """
    offsets = np.nanmean(points - found, axis=1)
    median = np.median(offsets, axis=0)
    error = 1.96 * 1.2533 * 1.4826 * np.median(np.abs(offsets - median), axis=0)
    error = error / np.sqrt(len(offsets))
    return (
        f'All labels lie {median[0]:+.1f} ± {error[0]:.1f} px in x and {median[1]:+.1f} ± '
        f'{error[1]:.1f} px in y from the points of the detector (median of the images, 95 '
        '% interval). A wrong index base would be 1 px in both; it is seen only in a '
        'whole data set, not in one image.'
    )


def robust_z(statistic: np.ndarray) -> np.ndarray:
    """Robust z values of the logarithm of a positive statistic; NaN becomes 0."""
    logs = np.log(np.maximum(statistic, 1e-12))
    middle = np.nanmedian(logs)
    spread = 1.4826 * np.nanmedian(np.abs(logs - middle))
    return np.nan_to_num((logs - middle) / max(spread, 0.05))


@dataclass
class _Tests:
    """Scores ``(N,)`` by test; a function of the image index returns reason and points."""

    points: np.ndarray
    labels: LabelSet
    scores: dict[str, np.ndarray] = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    expected: np.ndarray = field(default_factory=lambda: np.empty(0))

    def add(self, test: str, scores: np.ndarray, reason) -> None:
        self.scores[test], self.reasons[test] = scores, reason

    def name(self, k: int) -> str:
        return self.labels.names[k]


class _ShapeTests(_Tests):
    """Tests of each shape against the others of the set."""

    def run(self) -> _ShapeTests:
        n = len(self.points)
        self.whole = fit_shapes(self.points)
        order = np.random.default_rng(0).permutation(n)
        distance, largest = np.empty(n), np.empty(n)
        worst = np.empty(n, int)
        self.expected = np.empty_like(self.points)
        for fold in np.array_split(order, FOLDS):
            model = fit_shapes(self.points[np.setdiff1d(order, fold)])
            distance[fold] = model.distances(self.points[fold])
            residuals, sd = model.expected(self.points[fold])
            ratios = np.hypot(*np.moveaxis(residuals, -1, 0)) / sd
            largest[fold] = np.nanmax(ratios, axis=1)
            worst[fold] = np.nanargmax(ratios, axis=1)
            self.expected[fold] = _placed(model, self.points[fold])
        self.worst = worst
        self.add('shape', robust_z(distance), self._shape_reason)
        self.add('point', robust_z(largest), self._point_reason)
        self.add('frame', _frame_scores(self.points, self.whole), self._frame_reason)
        return self

    def _point_reason(self, i: int) -> tuple[str, tuple[int, ...]]:
        k = int(self.worst[i])
        text = f'{self.name(k)} is far from where the others predict it'
        return self._repair(i) or (text, (k,))

    def _shape_reason(self, i: int) -> tuple[str, tuple[int, ...]]:
        return self._repair(i) or ('the shape is unusual', ())

    def _repair(self, i: int) -> tuple[str, tuple[int, ...]] | None:
        """A change of all points that makes the shape usual, or else an exchange of two."""
        points = self.points[i]
        swapped = points.copy()
        for a, b in self.labels.flip_pairs:
            swapped[[a, b]] = points[[b, a]]
        trials = {
            'left and right are exchanged (in the names)': swapped,
            'left and right are exchanged (the labels are mirrored)': points * (-1, 1),
            'the order of the points is shifted by one': np.roll(points, -1, axis=0),
            'the order of the points is shifted by one, backwards': np.roll(
                points, 1, axis=0
            ),
        }
        now = self.whole.distances(points[None])[0]
        distances = self.whole.distances(np.stack(list(trials.values())))
        best = int(np.argmin(distances))
        if distances[best] < 0.3 * now:
            return list(trials)[best], ()
        return self._best_exchange(i)

    def _best_exchange(self, i: int) -> tuple[str, tuple[int, ...]] | None:
        """The pair whose exchange makes the shape far more usual; None if there is none."""
        points = self.points[i]
        pairs = [(a, b) for a in range(len(points)) for b in range(a)]
        trials = np.repeat(points[None], len(pairs), axis=0)
        for trial, (a, b) in zip(trials, pairs, strict=True):
            trial[[a, b]] = trial[[b, a]]
        distances = self.whole.distances(trials)
        best = int(np.nanargmin(distances))
        if distances[best] > 0.5 * self.whole.distances(points[None])[0]:
            return None
        a, b = pairs[best]
        return f'{self.name(b)} and {self.name(a)} are exchanged', (b, a)

    def _frame_reason(self, i: int) -> tuple[str, tuple[int, ...]]:
        for test in ('shape', 'point'):  # these reasons are more specific
            if self.scores[test][i] >= THRESHOLD:
                return self.reasons[test](i)
        sizes = shape_sizes(self.points)
        ratio = sizes[i] / np.median(sizes)
        if abs(np.log(ratio)) > 0.12:
            return f'the points are {ratio:.2g} times the usual size', ()
        return 'the points are at an unusual place or angle in the image', ()


def _placed(model: ShapeModel, points: np.ndarray) -> np.ndarray:
    """The mean shape on each image, ``(N, K, 2)`` pixels."""
    _, matrices = model.align(points)
    shape = np.einsum('nij,kj->nki', matrices, model.mean)
    there = np.where(np.isnan(points), np.nan, shape)
    return (
        shape
        - np.nanmean(there, axis=1, keepdims=True)
        + np.nanmean(points, axis=1, keepdims=True)
    )


def _frame_scores(points: np.ndarray, model: ShapeModel) -> np.ndarray:
    """The largest deviation of size, angle and position from the usual, robust units."""
    _, matrices = align(points, model.mean)
    angle = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    centre = np.nanmean(points, axis=1)
    size = np.median(shape_sizes(points))
    values = np.column_stack(
        [2 * np.log(shape_sizes(points)), 2 * angle, centre / size]
    )
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    # the films of one machine are similar: a difference of 5 % of the size is never unusual
    z = np.abs(values - middle) / np.maximum(spread, 0.05)
    return z.max(axis=1)


class _PredictionTests(_Tests):
    """Tests of each label against predicted points.

    Args:
        points, labels: As for the other tests.
        found: ``(N, K, 2)`` predicted points.
        test: Name of the tests.
        source: What predicted the points, for the reasons.
    """

    def __init__(
        self,
        points: np.ndarray,
        found: np.ndarray,
        labels: LabelSet,
        test: str,
        source: str,
    ):
        super().__init__(points, labels)
        self.found = found
        self.test, self.source = test, source

    def run(self) -> _PredictionTests:
        offsets = self.points - self.found
        # landmarks on which labels and predictions usually differ count less
        distance = np.linalg.norm(offsets, axis=-1)
        scale = np.nanmedian(distance, axis=0)
        self.ratios = distance / np.maximum(scale, 1e-6)
        self.scale = scale
        mean = np.exp(np.nanmean(np.log(np.maximum(self.ratios, 0.05)), axis=1))
        self.add(self.test, robust_z(mean), self._picture_reason)
        largest = np.nanmax(self.ratios, axis=1)
        self.add(f'{self.test}, point', robust_z(largest), self._point_reason)
        return self

    def _picture_reason(self, i: int) -> tuple[str, tuple[int, ...]]:
        points = self.points[i]
        others = np.nanmean(np.linalg.norm(self.found - points, axis=-1), axis=1)
        j = int(np.nanargmin(others))
        if j != i and others[j] < 0.5 * others[i]:
            return 'the points fit another picture', ()
        ratio = shape_sizes(points[None])[0] / shape_sizes(self.found[i : i + 1])[0]
        if abs(np.log(ratio)) > 0.1:
            return f'the points are {ratio:.2g} times the size that is predicted', ()
        return f'most points are far from those of {self.source}', ()

    def _point_reason(self, i: int) -> tuple[str, tuple[int, ...]]:
        k = int(np.nanargmax(self.ratios[i]))
        away = np.linalg.norm(self.points[i] - self.found[i][k], axis=-1)
        j = int(np.nanargmin(away))
        if j != k and away[j] < 0.3 * away[k]:
            back = np.linalg.norm(self.points[i][k] - self.found[i][j])
            if back < 0.5 * np.linalg.norm(self.points[i][j] - self.found[i][j]):
                return f'{self.name(k)} and {self.name(j)} are exchanged', (k, j)
        return f'{self.name(k)} is {away[k]:.0f} px from the point of {self.source}', (
            k,
        )


def _ranked(ids: list[str], tests: _Tests) -> list[Suspicion]:
    names = list(tests.scores)
    scores = np.stack([tests.scores[name] for name in names])
    found = []
    for i, one in enumerate(ids):
        best = int(scores[:, i].argmax())
        score = float(scores[best, i])
        reason, points = tests.reasons[names[best]](i)
        found.append(Suspicion(one, score, names[best], reason, tuple(points)))
    return sorted(found, key=lambda one: -one.score)


def subset(labels: LabelSet, points: dict[str, np.ndarray]) -> LabelSet:
    """The set with other points, for trials."""
    return replace(labels, points=points)
