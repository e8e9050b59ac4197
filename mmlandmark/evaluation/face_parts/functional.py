"""Metrics of face parts as pure functions of NumPy arrays, without PyTorch or mmseg.

All metrics but the RMSE are computed from one confusion matrix: ``(C, C)`` counts of pixels
with true parts in rows and predicted parts in columns. The matrix of a test set is the sum
over its images, as for published results on LaPa. A mean over images would give small and
large parts the same weight, and is undefined where an image lacks a part.
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
        truth: Labels, of any shape; 255 is not counted.
        predicted: Labels of the same shape, 0 to ``parts - 1``.
        parts: C, the number of parts.

    Returns:
        ``(C, C)`` int64, true parts in rows.

    Raises:
        ValueError: The shapes differ.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.shape != predicted.shape:
        raise ValueError(f'shapes {truth.shape} and {predicted.shape} do not match')
    known = truth != IGNORED
    pairs = truth[known].astype(np.int64) * parts + predicted[known]
    return np.bincount(pairs, minlength=parts * parts).reshape(parts, parts)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """``TP / (TP + FP + FN)`` of every part (Jaccard index).

    Returns:
        ``(C,)`` percent; NaN for a part that neither occurs nor is predicted.
    """
    hits = np.diag(confusion)
    return _percent(hits, confusion.sum(axis=0) + confusion.sum(axis=1) - hits)


def f1_scores(confusion: np.ndarray) -> np.ndarray:
    """``2 TP / (2 TP + FP + FN)`` of every part (Dice coefficient).

    Returns:
        ``(C,)`` percent; NaN for a part that neither occurs nor is predicted.
    """
    hits = np.diag(confusion)
    return _percent(2 * hits, confusion.sum(axis=0) + confusion.sum(axis=1))


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Percent of correctly classified pixels, including the background."""
    return float(_percent(np.trace(confusion), confusion.sum()))


def squared_error(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Sum over pixels and parts of ``(p - y)**2``, with y 1 for the true part, else 0.

    Args:
        truth: ``(H, W)`` labels; 255 is not counted.
        probabilities: ``(C, H, W)`` p, with sum 1 over C.
    """
    known = truth != IGNORED
    p = np.asarray(probabilities)[:, known].astype(np.float64)
    true = truth[known].astype(np.int64)
    # sum (p - y)^2 = sum p^2 - 2 p_true + 1 at every pixel
    p_true = p[true, np.arange(true.size)]
    return float((p**2).sum() - 2 * p_true.sum() + true.size)


def part_metrics(
    confusion: np.ndarray, squared: float, pixels: int
) -> dict[str, float]:
    """The metrics of a test set.

    Args:
        confusion: ``(C, C)`` summed over the images.
        squared: Sum of :func:`squared_error` over the images.
        pixels: Number of pixels in that sum.

    Returns:
        ``mIoU`` over all parts that occur; ``mIoU_parts`` and ``mF1_parts`` over the same
        without the background; ``accuracy``; all in percent. ``RMSE`` of the probabilities,
        0 to 1: the root of the mean of :func:`squared_error` over pixels and parts (Brier,
        1950, divided by C). It is not an error of label numbers, whose differences have no
        meaning. It adds to the confusion matrix how confident the network is where it is
        wrong.
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
    """One row per part: its share of the true pixels, IoU and F1, in percent."""
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
    """Mean over the parts that occur; NaN if none does."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
