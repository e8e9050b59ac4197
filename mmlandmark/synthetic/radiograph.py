"""X-ray density painted in mm, marks on the radiograph, and its conversion to an image."""

from __future__ import annotations

import cv2
import numpy as np

#: Margin around the landmarks as a fraction of the frame: at least 4 px from 128 px on.
MARGIN = 0.035
_SHIFT = 4  # fractional bits of the coordinates handed to OpenCV


class Radiograph:
    """X-ray density, (n, n) float32 with 0 for air, painted in mm.

    Attributes:
        density: The density painted so far.
        scale: Pixels per mm.
        gain: The contrast of each tissue.
    """

    def __init__(self, rng: np.random.Generator, place: np.ndarray, n: int):
        """`place` is the (2, 3) similarity from mm to the unit frame."""
        self.density = np.zeros((n, n), np.float32)
        # Pixel 0 is centred half a pixel inside the frame.
        self._place = place * n - np.array([0, 0, 0.5])
        self.scale = float(np.hypot(*self._place[:, 0]))
        tissues = ('soft', 'bone', 'tooth', 'air')
        self.gain = dict(zip(tissues, rng.uniform(0.75, 1.3, 4).tolist(), strict=True))

    def stamp(
        self,
        path: np.ndarray,
        tissue: str,
        amount: float,
        width: float = 0.0,
        blur: float = 0.0,
    ) -> None:
        """Add density inside an (n, 2) path, or along it if a width is given."""
        spots = path @ self._place[:, :2].T + self._place[:, 2]
        pad = int((width + 3 * blur) * self.scale) + 2
        low = np.maximum(spots.min(0).astype(int) - pad, 0)
        high = np.minimum(spots.max(0).astype(int) + pad, len(self.density))
        if (high <= low).any():
            return
        mask = self._mask(spots - low, high - low, width)
        if blur:
            reach = 2 * round(1.5 * blur * self.scale) + 1
            mask = cv2.blur(mask, (reach, reach))
        window = self.density[low[1] : high[1], low[0] : high[0]]
        window += mask * np.float32(self.gain[tissue] * amount / 255)

    def _mask(self, spots: np.ndarray, size: np.ndarray, width: float) -> np.ndarray:
        """A filled path, or its line if it has a width, as a uint8 mask of (x, y) size."""
        mask = np.zeros(size[::-1], np.uint8)
        corners = [np.round(spots * 2**_SHIFT).astype(np.int32)]
        if width:
            thick = max(1, round(width * self.scale))
            cv2.polylines(mask, corners, False, 255, thick, cv2.LINE_AA, _SHIFT)
        else:
            cv2.fillPoly(mask, corners, 255, cv2.LINE_AA, _SHIFT)
        return mask


def mark(radiograph: Radiograph, spots: np.ndarray, rng: np.random.Generator) -> None:
    """Add a ruler, letters and collimation; `spots` are the landmarks in the unit frame."""
    if rng.random() < 0.5:
        _add_ruler(radiograph, rng)
    for _ in range(rng.integers(0, 4)):
        _add_label(radiograph, rng)
    if rng.random() < 0.3:
        _collimate(radiograph, spots, rng)


def _add_ruler(radiograph: Radiograph, rng: np.random.Generator) -> None:
    """Add one tick per centimetre near the edge in front of the face."""
    n = len(radiograph.density)
    x, y, gap = rng.uniform(0.92, 0.97), rng.uniform(0.05, 0.3), 10 * radiograph.scale
    for tick in range(rng.integers(4, 8)):
        row, left = int(y * n + tick * gap), x - (0.03 if tick % 5 else 0.05)
        radiograph.density[row : row + 2, int(left * n) : int(x * n)] += 0.6


def _add_label(radiograph: Radiograph, rng: np.random.Generator) -> None:
    """Add lead letters in a corner."""
    n = len(radiograph.density)
    text = ''.join(rng.choice(list('LR0123456789AKV'), rng.integers(1, 5)))
    corner = np.array([rng.choice([0.03, 0.75]), rng.choice([0.06, 0.95])])
    where = ((corner + rng.uniform(0, 0.04, 2)) * n).astype(int).tolist()
    size, density = n / 448 * rng.uniform(0.5, 1), rng.uniform(0.3, 1)
    cv2.putText(radiograph.density, text, where, 0, size, density, 2, cv2.LINE_AA)


def _collimate(
    radiograph: Radiograph, spots: np.ndarray, rng: np.random.Generator
) -> None:
    """Darken everything outside a window that contains the landmarks."""
    n = len(radiograph.density)
    low, high = spots.min(0) - MARGIN, 1 - MARGIN - spots.max(0)
    x0, y0 = (n * rng.uniform(0, 0.8, 2) * low).astype(int)
    x1, y1 = n - (n * rng.uniform(0, 0.8, 2) * high).astype(int)
    lit = radiograph.density[y0:y1, x0:x1].copy()
    radiograph.density *= rng.uniform(0, 0.15)
    radiograph.density[y0:y1, x0:x1] = lit


def expose(density: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Convert (n, n) density to a (size, size, 3) uint8 image."""
    density = cv2.resize(density, (size, size), interpolation=cv2.INTER_AREA)
    light = _develop(_scatter(density, rng), rng)
    grain = rng.standard_normal((2, size, size), np.float32)
    light += rng.uniform(0.004, 0.025) * grain[0]
    light += rng.uniform(0.004, 0.03) * cv2.GaussianBlur(grain[1], (0, 0), 1.2)
    tint = rng.uniform(0.93, 1, 3) if rng.random() < 0.3 else np.ones(3)
    rgb = light[..., None] * (255 * tint).astype(np.float32)
    return np.clip(rgb, 0, 255).astype(np.uint8)


def _scatter(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add low-frequency noise and a linear veil to the density."""
    size = len(density)
    coarse = rng.normal(0, 0.07, (14, 14)).astype(np.float32)
    clouds = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    base, across, down = rng.uniform((0.02, -0.12, -0.12), (0.14, 0.12, 0.12)).tolist()
    veil = base + across * ramp + down * ramp[:, None]
    return density * (1 + clouds) + veil


def _develop(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Density to brightness, about 0..1, with random blur, peak, base and gamma."""
    light = 1 - np.exp(-rng.uniform(0.7, 1.4) * np.maximum(density, 0))
    light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.3, 0.9) * len(density) / 224)
    brightest = float(np.percentile(light[::4, ::4], 99))
    light = light * (rng.uniform(0.75, 1.05) / brightest)
    return rng.uniform(0, 0.1) + light ** rng.uniform(0.75, 1.5)
