"""Robustness of faces in photographs: the face is found first, then its points.

A change is a function ``(image, points, random)`` that returns the changed image, the
points in it, and which of them can be seen ``(K,)``. Images are ``(H, W, 3)`` RGB uint8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import cv2
import numpy as np

from ...errors import InputError
from ...schemes import IBUG68
from ...utils.affine import mapped
from .. import image_changes
from ..functional import radial_errors

Changed = tuple[np.ndarray, np.ndarray, np.ndarray]
Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], Changed]

#: A face counts as found where its mean error is below this percentage of the distance of
#: the outer corners of the eyes; a larger error is that of another face or of none.
FOUND = 40.0
#: The points are usable up to this error, percent of the same distance.
USABLE = 8.0


def moved_along(change: image_changes.Change, image, points, random) -> Changed:
    """Apply a change to the whole image, and the same transform to the points."""
    changed, matrix = change(image, random)
    return changed, mapped(points, matrix[:2]), np.ones(len(points), bool)


def in_a_large_picture(image, points, random) -> Changed:
    """Paste the photograph at a random position into 2400x1600 pixels of blurred noise."""
    noise = random.integers(0, 256, (50, 75, 3), dtype=np.uint8)
    large = cv2.resize(noise, (2400, 1600), interpolation=cv2.INTER_CUBIC)
    height, width = image.shape[:2]
    if height > 1600 or width > 2400:
        raise InputError(f'a photograph of {width}x{height} is larger than 2400x1600')
    y, x = random.integers(0, 1601 - height), random.integers(0, 2401 - width)
    large[y : y + height, x : x + width] = image
    return large, points + np.array([x, y]), np.ones(len(points), bool)


def gray_and_noisy(image, points, random) -> Changed:
    """Convert to gray, and add normal noise of standard deviation 20."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    noisy = gray + random.normal(0, 20, gray.shape)
    changed = np.repeat(np.clip(noisy, 0, 255).round().astype(np.uint8), 3, axis=2)
    return changed, points, np.ones(len(points), bool)


def masked(image, points, random) -> Changed:
    """Cover the lower half by a pale polygon, like a mask from the nose to the chin."""
    jaw = points[2:15]
    polygon = np.concatenate([jaw, points[[28]]]).round().astype(np.int32)
    changed = image.copy()
    cv2.fillPoly(changed, [polygon], (205, 215, 225))
    shape = polygon.astype(np.float32)
    outside = [
        cv2.pointPolygonTest(shape, (float(x), float(y)), False) < 0 for x, y in points
    ]
    visible = np.array(outside)
    visible[2:15] = False
    visible[28] = True
    return changed, points, visible


def blurred(image, points, random) -> Changed:
    """Blur by a Gaussian with a standard deviation of one fortieth of the face."""
    sigma = float(np.ptp(points, axis=0).max()) / 40
    return cv2.GaussianBlur(image, (0, 0), sigma), points, np.ones(len(points), bool)


CHANGES: dict[str, Change] = {
    'unchanged': partial(moved_along, image_changes.unchanged),
    'rotated by 30 degrees': partial(moved_along, partial(image_changes.turned, 30)),
    'rotated by 60 degrees': partial(moved_along, partial(image_changes.turned, 60)),
    'rotated by 90 degrees': partial(moved_along, partial(image_changes.turned, 90)),
    'rotated by 135 degrees': partial(moved_along, partial(image_changes.turned, 135)),
    'rotated by 180 degrees': partial(moved_along, partial(image_changes.turned, 180)),
    'in 2400x1600': in_a_large_picture,
    'gray, noise of SD 20': gray_and_noisy,
    'lower half covered': masked,
    'a third of the size': partial(moved_along, partial(image_changes.resized, 1 / 3)),
    'a quarter of the light': partial(
        moved_along, partial(image_changes.darkened, 0.25)
    ),
    'a sixteenth of the light': partial(
        moved_along, partial(image_changes.darkened, 1 / 16)
    ),
    'an eighth of the contrast': partial(
        moved_along, partial(image_changes.toned, 1.0, 1 / 8)
    ),
    'JPEG of quality 5': partial(moved_along, partial(image_changes.compressed, 5)),
    'blurred': blurred,
}


def photograph_rows(
    find: Callable[[np.ndarray], Iterable[np.ndarray]],
    photographs: list[tuple[np.ndarray, np.ndarray]],
    seed: int = 0,
) -> Iterator[dict]:
    """Measure under each change how many faces are found, and the errors of their points.

    Args:
        find: Function from an image ``(H, W, 3)`` RGB to the points ``(68, 2)`` of each
            face found, in pixels.
        photographs: Images and the true points ``(68, 2)`` of the face in each, in pixels.
        seed: Seed of the random positions and of the noise.

    Yields:
        ``change``, ``photographs``, ``found``, ``usable`` (percent of the photographs with
        an error of at most 8 %) and ``NME`` (mean of the faces found, percent of the
        distance of the outer corners of the eyes). The error is that of the visible points.
    """
    for name, change in CHANGES.items():
        random = np.random.default_rng(seed)
        errors = np.array([_error(find, *change(*one, random)) for one in photographs])
        found = errors < FOUND
        yield dict(
            change=name,
            photographs=len(errors),
            found=int(found.sum()),
            usable=round(100 * float((errors <= USABLE).mean()), 1),
            NME=round(float(errors[found].mean()), 2) if found.any() else None,
        )


def _error(find, image: np.ndarray, points: np.ndarray, visible: np.ndarray) -> float:
    """The error of the nearest face that was found, percent; infinite if none was."""
    assert IBUG68.ocular is not None
    right, left = IBUG68.ocular
    across = float(np.linalg.norm(points[left] - points[right]))
    found = [radial_errors(one, points)[visible].mean() for one in find(image)]
    return 100 * float(min(found, default=np.inf)) / across
