"""Paints a head on a radiograph: skin, the structures of the atlas, and teeth."""

from __future__ import annotations

import cv2
import numpy as np

from .anatomy import Points, toward
from .atlas import STRUCTURES, trace
from .radiograph import Radiograph

# Half widths of a tooth in mm at fractions of the distance from its tip to its apex.
_INCISOR = ((0, 0.1, 0.2, 0.3, 0.42, 0.7, 0.93, 1), (0.2, 1.2, 2.4, 3, 3.1, 2, 0.9, 0))
_CROWN = ((0, 0.1, 0.2, 0.3, 0.5), (0.2, 1.2, 2.4, 3, 0))
_MOLAR = ((0, 0.1, 0.32, 0.5, 0.75, 0.95, 1), (3.6, 4.6, 4.5, 3.9, 2.8, 1.2, 0))
# Back teeth: mm behind the incisors, and width as a fraction of a molar's.
_BACK_TEETH = ((11, 0.75), (18.5, 0.75), (27.5, 1), (37, 1))


def paint(radiograph: Radiograph, p: Points, rng: np.random.Generator) -> np.ndarray:
    """Paint a head on a blank radiograph; returns its (n, n) float32 depth map, 0..1."""
    paths = trace(p)
    depth = _paint_skin(radiograph, paths[0][0])
    gains = rng.uniform(0.75, 1.25, len(STRUCTURES)).tolist()
    for gain, part, (inside, edge) in zip(gains, STRUCTURES, paths, strict=True):
        if part.inside:
            radiograph.stamp(inside, part.tissue, gain * part.inside, blur=part.blur)
        if part.edge:
            radiograph.stamp(edge, part.tissue, gain * part.edge, part.width)
    _paint_back_teeth(radiograph, p, rng)
    _paint_incisors(radiograph, p)
    return depth


def _paint_skin(radiograph: Radiograph, outline: np.ndarray) -> np.ndarray:
    """Paint soft tissue, thicker inwards from the skin; returns its thickness, 0..1."""
    radiograph.stamp(outline, 'soft', 1)
    skin = radiograph.density / radiograph.gain['soft']
    # The map is smooth: a quarter of the resolution is enough.
    small = cv2.resize(skin, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    far = cv2.distanceTransform((small > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    grown = 1 - np.exp(cv2.GaussianBlur(far, (0, 0), 1.5) * (-0.25 / radiograph.scale))
    depth = skin * (0.3 + 0.7 * cv2.resize(grown, skin.shape))
    radiograph.density = 0.6 * radiograph.gain['soft'] * depth
    return depth


def _paint_back_teeth(
    radiograph: Radiograph, p: Points, rng: np.random.Generator
) -> None:
    """Paint back teeth and their fillings, which have no landmarks."""
    upper, lower = p['upper_incisor_tip'], p['lower_incisor_tip']
    back = toward(180 + rng.uniform(2, 9))
    down = np.array([back[1], -back[0]])
    start = np.array([min(upper[0], lower[0]), 0.5 * (upper[1] + lower[1])])
    for step, slim in _BACK_TEETH:
        for side in (-1, 1):
            tip = start + (step + rng.normal(0, 0.7)) * back + 0.4 * side * down
            apex = tip + 18 * side * down + 2 * back + rng.normal(0, 1, 2)
            radiograph.stamp(_tooth(tip, apex, _MOLAR, slim), 'tooth', 0.27)
            radiograph.stamp(np.array([0.7 * tip + 0.3 * apex, apex]), 'air', -0.1, 0.9)
            if rng.random() < 0.25:
                spots = tip + 2.2 * side * down + rng.normal(0, 1, (2, 2))
                radiograph.stamp(
                    spots, 'tooth', rng.uniform(0.4, 0.8), rng.uniform(1.5, 4)
                )


def _paint_incisors(radiograph: Radiograph, p: Points) -> None:
    """Paint the incisors, with a denser crown and a root canal."""
    for jaw in ('upper', 'lower'):
        tip, apex = p[f'{jaw}_incisor_tip'], p[f'{jaw}_incisor_apex']
        radiograph.stamp(_tooth(tip, apex, _INCISOR), 'tooth', 0.6)
        radiograph.stamp(_tooth(tip, apex, _CROWN), 'tooth', 0.3)
        radiograph.stamp(tip + np.outer([0.4, 0.9], apex - tip), 'air', -0.2, 0.8)


def _tooth(
    tip: np.ndarray, apex: np.ndarray, shape: tuple, slim: float = 1.0
) -> np.ndarray:
    """A closed (n, 2) outline from the tip along one side to the apex and back."""
    along, half = np.array(shape)[..., None]
    axis = apex - tip
    side = slim * half * axis[::-1] * (-1, 1) / np.linalg.norm(axis)
    spine = tip + along * axis
    return np.vstack([spine + side, (spine - side)[::-1]])
