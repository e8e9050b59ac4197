"""Scores of face parts as pure functions of numpy arrays: neither torch nor mmseg.

All but the RMSE come from one confusion matrix, ``(C, C)`` counts of pixels with the true
part in the row and the predicted one in the column. That of a test set is the sum over its
images, as published figures of LaPa are: a mean over images would weigh faces alike whose
parts are large or small, and have no value where an image lacks a part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...schemes.parts import IGNORED


def confusion_matrix(
    truth: np.ndarray, predicted: np.ndarray, parts: int
) -> np.ndarray:
    """Count pixels by true and predicted part.

    Args:
        truth: Labels of any shape; 255 is left out.
        predicted: Labels of the same shape, 0 to ``parts - 1``.
        parts: C.

    Returns:
        ``(C, C)`` int64, true parts in rows.

    Raises:
        ValueError: The shapes disagree.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.shape != predicted.shape:
        raise ValueError(f'shapes {truth.shape} and {predicted.shape} are no pair')
    known = truth != IGNORED
    pairs = truth[known].astype(np.int64) * parts + predicted[known]
    return np.bincount(pairs, minlength=parts * parts).reshape(parts, parts)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """``TP / (TP + FP + FN)`` of every part (Jaccard).

    Returns:
        ``(C,)`` percent; NaN for a part that is neither there nor predicted.
    """
    hits = np.diag(confusion)
    return _percent(hits, confusion.sum(axis=0) + confusion.sum(axis=1) - hits)


def f1_scores(confusion: np.ndarray) -> np.ndarray:
    """``2 TP / (2 TP + FP + FN)`` of every part (Dice).

    Returns:
        ``(C,)`` percent; NaN for a part that is neither there nor predicted.
    """
    hits = np.diag(confusion)
    return _percent(2 * hits, confusion.sum(axis=0) + confusion.sum(axis=1))


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Percent of the pixels whose part is right, background included."""
    return float(_percent(np.trace(confusion), confusion.sum()))


def squared_error(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Sum over pixels and parts of ``(p - [part is the true one])**2``; 255 is left out.

    Args:
        truth: ``(H, W)`` labels.
        probabilities: ``(C, H, W)`` that sum to 1 over C.
    """
    known = truth != IGNORED
    chances = np.asarray(probabilities)[:, known].astype(np.float64)
    true = truth[known].astype(np.int64)
    # sum (p - y)^2 = sum p^2 - 2 p_true + 1 at every pixel
    right = chances[true, np.arange(true.size)]
    return float((chances**2).sum() - 2 * right.sum() + true.size)


def part_metrics(
    confusion: np.ndarray, squared: float, pixels: int
) -> dict[str, float]:
    """The numbers of a test set.

    Args:
        confusion: ``(C, C)`` of all images.
        squared: Sum of :func:`squared_error` over the images.
        pixels: How many pixels that was summed over.

    Returns:
        ``mIoU``, over all parts that occur; ``mIoU_parts`` and ``mF1_parts``, over those
        without the background; ``accuracy``; all in percent. ``RMSE``, 0 to 1, of the
        probabilities: the root of the mean over pixels and parts of
        :func:`squared_error` (Brier, 1950, divided by C). Labels are names, and the
        difference of two label numbers means nothing; areas and centroids let errors
        cancel. Of probabilities it tells what the confusion matrix does not: whether the
        network is sure where it is wrong.
    """
    iou, f1 = intersection_over_union(confusion), f1_scores(confusion)
    return {
        'mIoU': _mean(iou),
        'mIoU_parts': _mean(iou[1:]),
        'mF1_parts': _mean(f1[1:]),
        'accuracy': pixel_accuracy(confusion),
        'RMSE': float(np.sqrt(squared / (pixels * len(confusion))))
        if pixels
        else np.nan,
    }


def part_rows(confusion: np.ndarray, names: Sequence[str]) -> list[dict]:
    """One row a part: its share of the true pixels, IoU and F1, in percent."""
    shares = _percent(confusion.sum(axis=1), np.asarray(confusion.sum()))
    rows = zip(
        names,
        shares,
        intersection_over_union(confusion),
        f1_scores(confusion),
        strict=True,
    )
    return [
        {'part': name, '% of pixels': float(s), 'IoU': float(i), 'F1': float(f)}
        for name, s, i, f in rows
    ]


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.divide(100.0 * part, whole)


def _mean(values: np.ndarray) -> float:
    """Over the parts that occur; NaN where none does."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
