"""Parity of an exported model with torch: the largest distance between their points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...face.detection import detect_faces, whole_box
from ...io.load import list_images, load_image
from ...io.pixels import as_bgr
from ..backends.runtimes import runtimes_of
from ..exported.model import ExportedModel
from ..pose_model import PoseModel
from .describe import test_crop

#: Number of test images, or of drawn heads, that are compared.
IMAGES = 5


@dataclass
class ParityReport:
    """Distances between the points of an exported model and those of torch.

    Attributes:
        backend: The runtime of the file.
        pixels: Largest distance of a point, pixels of the image.
        mean: Mean distance of all points, pixels of the image.
        points: The number of points compared.
    """

    backend: str
    pixels: float
    mean: float
    points: int


def check_images(
    model: PoseModel, paths: Sequence[Path] | None
) -> tuple[list[np.ndarray], str]:
    """Images on which points are compared, and a phrase that names their origin.

    Args:
        model: Its config names test images.
        paths: Images or folders; None for the test images, or, if they do not exist,
            drawn heads.

    Raises:
        InputError: An image cannot be read, or a folder has none.
    """
    if paths:
        files = [file for path in paths for file in _files(path)]
        return [load_image(file).pixels for file in files], 'those named'
    found = _test_files(model)
    if found:
        return [load_image(file).pixels for file in found], "the config's test images"
    from ...synthetic import draw_heads

    return [head.image for head in draw_heads(IMAGES, seed=0, size=640)], 'drawn'


def compare(
    model: PoseModel, path: Path, images: Sequence[np.ndarray]
) -> list[ParityReport]:
    """Compare the points of an exported file with torch's on every installed backend.

    Args:
        model: On the CPU.
        path: The file to which the model was exported.
        images: ``(H, W)`` or ``(H, W, 3)`` RGB uint8.

    Raises:
        InputError: No backend that runs it is installed.
    """
    able = runtimes_of(path)
    installed = [name for name in able if find_spec(name)]
    if not installed:
        raise InputError(f'{path} was not compared with torch: pip install {able[0]}')
    tasks = [task for image in images for task in _tasks(model, image)]
    expected = [model.find([task])[0].points for task in tasks]
    return [
        _difference(ExportedModel(path, backend), tasks, expected)
        for backend in installed
    ]


def network_inputs(model: PoseModel, images: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The network's input ``(C, H, W)`` float32 of each box of the images."""
    crop = test_crop(model)
    return [
        crop.cut(bgr, *crop.region(box))
        for image in images
        for bgr, box in _tasks(model, image)
    ]


def _difference(exported: ExportedModel, tasks, expected) -> ParityReport:
    # one batch, where torch ran one by one: this checks the free batch size too
    found = [one.points for one in exported.find(tasks)]
    far = np.linalg.norm(np.subtract(found, expected), axis=2)
    return ParityReport(exported.backend, float(far.max()), float(far.mean()), far.size)


def _tasks(model: PoseModel, image: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    boxes = detect_faces(image) if model.finds_faces else np.zeros((0, 4))
    if not len(boxes):
        boxes = whole_box(image)[None]
    return [(as_bgr(image), np.asarray(box, np.float32)) for box in boxes]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return list_images(path)


def _test_files(model: PoseModel) -> list[Path]:
    """The first test images of the config; none if its data set does not exist."""
    from mmpose.registry import DATASETS

    try:
        data = DATASETS.build(model.model.cfg.test_dataloader.dataset)
        names = [data.get_data_info(i).get('img_path') for i in range(len(data))]
    except (InputError, OSError, KeyError, TypeError):
        return []
    files = dict.fromkeys(Path(name) for name in names if name)
    return [file for file in files if file.is_file()][:IMAGES]
