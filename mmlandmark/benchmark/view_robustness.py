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

from ..evaluation import functional as F  # noqa: N812
from ..evaluation.image_changes import RADIOGRAPH_CHANGES, Change
from ..formats.common.sizes import displayed_size
from ..io.load import load_image
from ..io.pixels import as_bgr
from ..structures.prediction import Prediction
from ..utils.image_bounds import inside_image


@dataclass(frozen=True)
class Unit:
    """The unit of the errors of heads.

    Attributes:
        name: Its name in a table.
        radius: Radius of the success detection rate.
        wrong: Error above which a point should be of low confidence.
    """

    name: str
    radius: float
    wrong: float


MM = Unit('mm', radius=2, wrong=10)
#: For images without a pixel spacing: percent of the longer side of the original image.
PERCENT = Unit('%', radius=1, wrong=4)


@dataclass(frozen=True)
class AnnotatedImage:
    """An image with its true points.

    Attributes:
        path: Path of the image.
        points: ``(K, 2)`` x, y in pixels; NaN where missing.
        scale: Units per pixel in x and y, ``(2,)``.
    """

    path: str
    points: np.ndarray
    scale: np.ndarray


def annotated_images(config: Config) -> tuple[list[AnnotatedImage], Unit]:
    """The images of a config's test data, with one head each, and the unit of errors.

    The unit is mm if all images have a pixel spacing.
    """
    data = DATASETS.build({**config.test_dataloader.dataset, 'pipeline': []})
    infos = [data.get_data_info(index) for index in range(len(data))]
    known = all(info['spacing'] is not None for info in infos)
    images = []
    for info in infos:
        points = np.asarray(info['keypoints'][0], float)
        visible = np.asarray(info['keypoints_visible'][0]) > 0
        points = np.where(visible[:, None], points, np.nan)
        scale = np.array(info['spacing'][::-1], float) if known else _percent(info)
        images.append(AnnotatedImage(info['img_path'], points, scale))
    return images, MM if known else PERCENT


def _percent(info: dict) -> np.ndarray:
    """Percent of the longer side of the image per pixel in x and y."""
    return np.full(2, 100 / max(displayed_size(Path(info['img_path']))))


def measure_changes(
    detect: Callable[[np.ndarray], Sequence[Prediction]],
    images: Sequence[AnnotatedImage],
    unit: Unit = MM,
    changes: dict[str, Change] = RADIOGRAPH_CHANGES,
) -> Iterator[dict]:
    """Measure a detector on images under every change.

    Points outside of a changed image are counted in ``unflagged`` only. Errors are
    measured in the original image. Each image gets the same random change in every
    run.

    Args:
        detect: Predicts the points in an image ``(H, W, 3)`` RGB uint8.
        images: Images with their true points.
        unit: The unit of their scale. In percent the columns are ``MRE_%``, ``SDR@1%`` and
            ``worst_%``.
        changes: Changes by name; the first one is the reference of ``times``.

    Yields:
        Rows of ``change``, ``images``, ``refused`` (no head found), ``MRE_mm``, ``times``
        (the MRE divided by that of the first change), ``SDR@2mm``, ``worst_mm`` (largest
        mean error of an image), ``low_confidence`` (percent of the points) and
        ``unflagged`` (number of points with an error above ``unit.wrong``, 10 mm or 4 %,
        that are not of low confidence, those outside of the changed image included).
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
            far = np.linalg.norm((back - image.points) * image.scale, axis=1)
            errors.append(np.where(counted, far, np.nan))
            confident = found[0].low_confidence()
            if confident is not None:
                low.append(confident[counted])
                unflagged += int((~confident & (far > unit.wrong)).sum())
        row = _row(name, unit, len(images), refused, errors, low)
        row['unflagged'] = unflagged if low else np.nan
        if reference is None:
            reference = row[f'MRE_{unit.name}'] or np.nan  # a ratio to 0 is not defined
        yield dict(row, times=row[f'MRE_{unit.name}'] / reference)


def _row(
    name: str, unit: Unit, images: int, refused: int, errors: list, low: list
) -> dict:
    far = np.array(errors) if errors else np.full((1, 1), np.nan)
    mre, _ = F.mean_radial_error(far)
    return {
        'change': name,
        'images': images,
        'refused': refused,
        f'MRE_{unit.name}': float(mre),
        f'SDR@{unit.radius:g}{unit.name}': float(
            F.success_detection_rate(far, unit.radius)
        ),
        f'worst_{unit.name}': float(np.nanmax(np.nanmean(far, axis=1)))
        if errors
        else np.nan,
        'low_confidence': float(100 * np.concatenate(low).mean()) if low else np.nan,
    }


def _mapped(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    wide = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return wide[:, :2] / wide[:, 2:]
