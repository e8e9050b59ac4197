"""Robustness of a detector of heads: errors on changed images, measured on the original."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS

from ..errors import InputError
from ..evaluation import functional as F  # noqa: N812
from ..evaluation.image_changes import RADIOGRAPH_CHANGES, Change
from ..io.load import load_image
from ..io.pixels import as_bgr
from ..structures.prediction import Prediction
from ..utils.image_bounds import inside_image

#: Radius in mm of the success detection rate.
RADIUS = 2.0
#: Error in mm above which a point should be of low confidence.
WRONG = 10.0


@dataclass(frozen=True)
class AnnotatedImage:
    """An image with its true points.

    Attributes:
        path: Path of the image.
        points: ``(K, 2)`` x, y in pixels; NaN where missing.
        spacing: mm per pixel in x and y, ``(2,)``.
    """

    path: str
    points: np.ndarray
    spacing: np.ndarray


def annotated_images(config: Config) -> list[AnnotatedImage]:
    """The images of a config's test data, with one head each.

    Raises:
        InputError: An image has no pixel spacing.
    """
    data = DATASETS.build({**config.test_dataloader.dataset, 'pipeline': []})
    images = []
    for index in range(len(data)):
        info = data.get_data_info(index)
        if info['spacing'] is None:
            raise InputError(
                f'{info["img_path"]} has no pixel spacing: robustness is measured in mm'
            )
        points = np.asarray(info['keypoints'][0], float)
        visible = np.asarray(info['keypoints_visible'][0]) > 0
        images.append(
            AnnotatedImage(
                info['img_path'],
                np.where(visible[:, None], points, np.nan),
                np.array(info['spacing'][::-1], float),
            )
        )
    return images


def measure_changes(
    detect: Callable[[np.ndarray], Sequence[Prediction]],
    images: Sequence[AnnotatedImage],
    changes: dict[str, Change] = RADIOGRAPH_CHANGES,
) -> Iterator[dict]:
    """Measure a detector on images under every change.

    Points outside of a changed image are counted in ``unflagged`` only. Errors are
    measured in the original image, in mm. Each image gets the same random change in every
    run.

    Args:
        detect: Predicts the points in an image ``(H, W, 3)`` RGB uint8.
        images: Images with their true points.
        changes: Changes by name; the first one is the reference of ``times``.

    Yields:
        Rows of ``change``, ``images``, ``refused`` (no head found), ``MRE_mm``, ``times``
        (the MRE divided by that of the first change), ``SDR@2mm``, ``worst_mm`` (largest
        mean error of an image), ``low_confidence`` (percent of the points) and
        ``unflagged`` (number of points with an error above 10 mm that are not of low
        confidence, those outside of the changed image included).
    """
    reference = None
    for name, change in changes.items():
        errors: list[np.ndarray] = []
        low: list[np.ndarray] = []
        refused = unflagged = 0
        for image in images:
            bgr = as_bgr(load_image(image.path).pixels)
            rgb = np.ascontiguousarray(bgr[..., ::-1])
            random = np.random.default_rng(zlib.crc32(Path(image.path).name.encode()))
            changed, matrix = change(rgb, random)
            found = list(detect(changed))
            if not found:
                refused += 1
                continue
            height, width = changed.shape[:2]
            counted = inside_image(_mapped(image.points, matrix), width, height)
            back = _mapped(found[0].points, np.linalg.inv(matrix))
            far = np.linalg.norm((back - image.points) * image.spacing, axis=1)
            errors.append(np.where(counted, far, np.nan))
            confident = found[0].low_confidence()
            if confident is not None:
                low.append(confident[counted])
                unflagged += int((~confident & (far > WRONG)).sum())
        row = _row(name, len(images), refused, errors, low)
        row['unflagged'] = unflagged if low else np.nan
        if reference is None:
            reference = row['MRE_mm'] or np.nan  # a ratio to 0 is not defined
        yield dict(row, times=row['MRE_mm'] / reference)


def _row(name: str, images: int, refused: int, errors: list, low: list) -> dict:
    far = np.array(errors) if errors else np.full((1, 1), np.nan)
    mre, _ = F.mean_radial_error(far)
    return {
        'change': name,
        'images': images,
        'refused': refused,
        'MRE_mm': float(mre),
        'SDR@2mm': float(F.success_detection_rate(far, RADIUS)),
        'worst_mm': float(np.nanmax(np.nanmean(far, axis=1))) if errors else np.nan,
        'low_confidence': float(100 * np.concatenate(low).mean()) if low else np.nan,
    }


def _mapped(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    wide = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return wide[:, :2] / wide[:, 2:]
