"""The canonical view of the images on which a model is tested."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS

from ..cephalometry.canonical_view import CanonicalView, fit_canonical_view
from ..cephalometry.orientation import find_facing
from ..errors import InputError
from ..io.load import load_image
from ..io.pixels import as_bgr
from ..schemes.ceph_names import symbols_of
from ..schemes.from_config import scheme_of

#: Height to which images are reduced, pixels.
HEIGHT = 600

#: Largest difference of the channels of a gray image, in gray values.
GRAY_TOLERANCE = 8

#: Smallest number of images for a reliable mean shape.
LEAST_IMAGES = 10


def view_of(config: Config) -> CanonicalView:
    """Fit the canonical view to the images and true points of a config's test data.

    Raises:
        InputError: Fewer than ten images have all points, or these do not show which way
            the heads face.
    """
    data = DATASETS.build({**config.test_dataloader.dataset, 'pipeline': []})
    infos = [data.get_data_info(i) for i in range(len(data))]
    infos = [info for info in infos if np.all(info['keypoints_visible'] > 0)]
    if len(infos) < LEAST_IMAGES:
        raise InputError(
            f'{len(infos)} images have all points: the view needs at least {LEAST_IMAGES}'
        )
    boxes = np.array([info['bbox'][0] for info in infos], float)
    sides = boxes[:, 2:] - boxes[:, :2]
    size = round(HEIGHT * float(np.median(sides[:, 0] / sides[:, 1]))), HEIGHT
    factors = np.array(size) / sides
    points = np.array([info['keypoints'][0] for info in infos], float)
    shapes = (points - boxes[:, None, :2] + 0.5) * factors[:, None] - 0.5
    facing = find_facing(_named(scheme_of(config).points, shapes.mean(axis=0)))
    if not np.isfinite(facing):
        raise InputError('the names of the points do not show which way heads face')
    view = fit_canonical_view(
        shapes, _grays(infos, size), size, 'right' if facing > 0 else 'left'
    )
    return replace(view, gray=all(_is_gray(info) for info in infos))


def _named(names, points: np.ndarray) -> dict[str, np.ndarray]:
    symbols = symbols_of(names)
    return {s: p for s, p in zip(symbols, points, strict=True) if s is not None}


def _is_gray(info: dict) -> bool:
    """Whether the channels of an image are equal but for JPEG's rounding."""
    bgr = as_bgr(load_image(info['img_path']).pixels)
    return int(np.ptp(bgr.astype(np.int16), axis=2).max()) <= GRAY_TOLERANCE


def _grays(infos: list[dict], size: tuple[int, int]) -> Iterator[np.ndarray]:
    for info in infos:
        bgr = as_bgr(load_image(info['img_path']).pixels)
        yield cv2.resize(
            cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), size, interpolation=cv2.INTER_AREA
        )
