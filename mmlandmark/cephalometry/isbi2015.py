"""The eight measurements of the ISBI 2015 challenge, their classes and the SCR.

Wang et al., Medical Image Analysis 31 (2016) 63-76, with the class boundaries and the
signs of the challenge's own script.
"""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..schemes import ISBI19
from . import geometry as G  # noqa: N812
from .classes import confusion
from .definitions import DEFINITIONS
from .names import short_names

NAMES = ('ANB', 'SNB', 'SNA', 'ODI', 'APDI', 'FHI', 'FMA', 'MW')
MODES = ('official', 'clinical')

#: Lower and upper bound of class 1, and the classes below and above it.
BOUNDS = {
    'ANB': (3.2, 5.7, 3, 2),
    'SNB': (74.6, 78.7, 2, 3),
    'SNA': (79.4, 83.2, 3, 2),
    'ODI': (68.4, 80.5, 3, 2),
    'APDI': (77.6, 85.2, 2, 3),
    'FHI': (0.65, 0.75, 3, 2),
    'FMA': (26.8, 31.4, 3, 2),
}
CLINICAL_FMA = (20.0, 30.0, 3, 2)  # Tweed's bounds, for FH and Go-Me

CLASSES = dict.fromkeys(BOUNDS, 3) | {'MW': 4}
CLASS_WORDS = {
    'ANB': ('Class I', 'Class II', 'Class III'),
    'SNB': ('normal', 'retrognathic', 'prognathic'),
    'SNA': ('normal', 'prognathic', 'retrognathic'),
    'ODI': ('normal', 'deep bite', 'open bite'),
    'APDI': ('Class I', 'Class II', 'Class III'),
    'FHI': ('normal', 'short face', 'long face'),
    'FMA': ('normal', 'high angle', 'low angle'),
    'MW': ('normal', 'edge to edge', 'anterior crossbite', 'large overjet'),
}


def challenge_values(
    points: np.ndarray, spacing: float = 0.1, mode: str = 'official'
) -> dict[str, np.ndarray]:
    """The eight measurements of heads that face right.

    Args:
        points: ``(N, 19, 2)`` x, y in pixels, in the order of ``isbi19``.
        spacing: mm per pixel, for MW.
        mode: ``official`` follows the challenge's script, in which FMA is the angle of
            S-N and Go-Gn; ``clinical`` uses FH and Go-Me.

    Returns:
        Each name to ``(N,)``: in degrees, except FHI, a ratio, and MW, in mm.

    Raises:
        InputError: Another shape or mode.
    """
    _check_mode(mode)
    points = np.asarray(points, float)
    if points.ndim != 3 or points.shape[1:] != (len(ISBI19), 2):
        raise InputError(f'points must be (N, {len(ISBI19)}, 2), not {points.shape}')
    p = {
        name: points[:, k] for k, name in enumerate(short_names(ISBI19.points)) if name
    }
    values = {name: _value(name, p) for name in ('ANB', 'SNB', 'SNA', 'ODI', 'APDI')}
    values['FHI'] = G.ratio(G.distance(p['S'], p['Go']), G.distance(p['N'], p['Me']))
    official = G.between(p['N'] - p['S'], p['Gn'] - p['Go'])
    values['FMA'] = official if mode == 'official' else _value('FMA', p)
    upper, lower = p['U1T'], p['L1T']
    sign = np.where(upper[:, 0] >= lower[:, 0], 1, -1)
    values['MW'] = sign * G.distance(lower, upper) * spacing
    return values


def _value(name: str, p: dict[str, np.ndarray]) -> np.ndarray:
    definition = DEFINITIONS[name]
    return definition.formula(*(p[point] for point in definition.points))


def classify(
    values: dict[str, np.ndarray], mode: str = 'official'
) -> dict[str, np.ndarray]:
    """The class of each measurement, from 1; 0 for NaN. :data:`CLASS_WORDS` names them.

    Args:
        values: From :func:`challenge_values`, of the same mode.
        mode: ``official`` classifies an MW of 0 to 2 mm as crossbite, because the rules
            of the script do not cover it, and only 0 as edge to edge; ``clinical``
            classifies 0 to 2 mm as edge to edge, and an FMA of 20 to 30 degrees as normal.

    Raises:
        InputError: Another mode.
    """
    _check_mode(mode)
    bounds = BOUNDS | ({'FMA': CLINICAL_FMA} if mode == 'clinical' else {})
    found = {
        name: np.where(v < low, below, np.where(v > high, above, 1))
        for name, (low, high, below, above) in bounds.items()
        for v in [values[name]]
    }
    width = values['MW']
    edge = (width == 0) if mode == 'official' else (width >= 0) & (width < 2)
    found['MW'] = np.select([edge, width < 2, width <= 4.5], [2, 3, 1], 4)
    return {name: np.where(np.isnan(values[name]), 0, found[name]) for name in NAMES}


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        raise InputError(f'mode must be official or clinical, not {mode!r}')


def success_classification_rate(
    truth: dict[str, np.ndarray], found: dict[str, np.ndarray]
) -> dict[str, float]:
    """SCR: percentage of correctly classified images, per measurement, and the mean.

    Images without a true class are not counted; images without a predicted class count
    as errors.

    Returns:
        The names in :data:`NAMES`, and ``mean``.
    """
    rates = {}
    for name in NAMES:
        known = truth[name] > 0
        hits = (truth[name] == found[name])[known]
        rates[name] = 100 * float(hits.mean()) if known.any() else float('nan')
    return rates | {'mean': float(np.mean(list(rates.values())))}


def confusions(
    truth: dict[str, np.ndarray], found: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """One confusion matrix ``(C, C)`` per measurement: rows true, columns predicted."""
    return {name: confusion(truth[name], found[name], CLASSES[name]) for name in NAMES}


def rate_rows(
    truth: np.ndarray, methods: dict[str, np.ndarray], mode: str = 'official'
) -> list[dict]:
    """One row per method: SCR of each measurement and the mean, in percent.

    Args:
        truth: ``(N, 19, 2)`` ground-truth points in pixels.
        methods: Names and ``(N, 19, 2)`` points to classify.
        mode: See :func:`classify`.
    """
    true = classes_of(truth, mode)
    return [
        {'': name, **success_classification_rate(true, classes_of(points, mode))}
        for name, points in methods.items()
    ]


def classes_of(points: np.ndarray, mode: str = 'official') -> dict[str, np.ndarray]:
    """The class of each measurement of ``(N, 19, 2)`` points; see :func:`classify`."""
    return classify(challenge_values(points, mode=mode), mode)
