"""Predicts the points of one image of a run: from the image file to a record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...face.finder import FaceFinder
from ...formats.coco import coco_images
from ...io.load import list_images, load_image
from ...io.pixels import as_bgr
from ...structures.pixel_spacing import PixelSpacing
from ...structures.prediction import LOW_CONFIDENCE_MM
from ...utils.checksum import sha256
from ...visualization.prediction import draw_predictions_bgr
from ..detector import LandmarkDetector
from .image_files import write_files


@dataclass(frozen=True)
class PredictOptions:
    """Options of a prediction: plain values that can be sent to other processes.

    Attributes:
        model: The first argument of :class:`LandmarkDetector`.
        checkpoint: Its weights; None for those of the release or the best ones.
        device: Such as ``'cpu'``; None for a GPU if there is one.
        backend: The name of a backend, or ``'auto'`` for the fastest available one.
        face_detector: ``('haar',)``, the path of YuNet's file, or config and checkpoint
            of a face detector of MMDetection; None for the default of the model.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.
        out: A folder for JSON, CSV and an overlay of each image; None for none.
    """

    model: str | tuple[str, ...]
    checkpoint: str | None = None
    device: str | None = None
    backend: str = 'auto'
    face_detector: tuple[str, ...] | None = None
    low_confidence_mm: float = LOW_CONFIDENCE_MM
    out: Path | None = None


@dataclass(frozen=True)
class ImageTask:
    """An image of a run.

    Attributes:
        path: Path of the image, as the user gave it; it is its name in the results.
        stem: The names of the files per image, without their suffixes.
        spacing: mm per pixel; None if not known.
    """

    path: Path
    stem: str
    spacing: PixelSpacing | None = None

    @property
    def name(self) -> str:
        return self.path.as_posix()

    @property
    def known_spacing(self) -> dict | None:
        """The spacing as plain values for JSON; None if not known."""
        return self.spacing.to_dict() if self.spacing else None


def image_tasks(
    source: Path,
    spacing: PixelSpacing | None = None,
    left_out: Counter[str] | None = None,
) -> list[ImageTask]:
    """One task per image of a file, a folder or a COCO file.

    Args:
        source: An image, a folder, or a COCO ``.json``, such as a prepared ``test.json``.
        spacing: mm per pixel of all images; by default that in the COCO file.
        left_out: Counts the entries of a folder that are left out, by reason.

    Raises:
        InputError: There is no image.
    """
    if source.suffix.lower() == '.json':
        found = [(path, spacing or known) for path, known in coco_images(source)]
    elif source.is_dir():
        found = [(path, spacing) for path in list_images(source, left_out)]
    else:
        load_image(source)  # report a wrong file before a model is loaded
        found = [(source, spacing)]
    if not found:
        raise InputError(f'no image in {source}')
    stems = _stems([path for path, _ in found])
    return [
        ImageTask(path, stem, known)
        for stem, (path, known) in zip(stems, found, strict=True)
    ]


def _stems(paths: list[Path]) -> list[str]:
    """Unique names for the files per image, without suffixes.

    This is the stem of the image. Images with the same stem get their suffix, ``a_jpg`` and
    ``a_png``; those with the same name also get their folders.
    """
    ways = [
        [path.stem for path in paths],
        [path.name.replace('.', '_') for path in paths],
        ['_'.join(path.absolute().parts[1:]).replace('.', '_') for path in paths],
    ]
    counts = [Counter(names) for names in ways]
    return [
        next(
            (name for name, n in zip(names, counts, strict=True) if n[name] == 1),
            names[-1],
        )
        for names in zip(*ways, strict=True)
    ]


class BatchPredictor:
    """Predicts the points of single images.

    Args:
        settings: The model and its options.
        device: Replaces the device of the settings.

    Raises:
        InputError: The model or the face detector cannot be used.
    """

    def __init__(self, settings: PredictOptions, device: str | None = None):
        self.settings = settings
        self.detector = LandmarkDetector(
            settings.model,
            settings.checkpoint,
            device=device or settings.device,
            backend=settings.backend,
        )
        if settings.face_detector and len(settings.face_detector) == 1:
            self.detector.find_boxes = FaceFinder(settings.face_detector[0])
        elif settings.face_detector:
            # imported here, as the import takes a second
            from ..mmdet_faces import MMDetFaces

            config, checkpoint = settings.face_detector
            self.detector.find_boxes = MMDetFaces(config, checkpoint)
        self.model = _identity(self.detector)
        #: Plain values on which the points depend besides the weights.
        self.options = dict(
            recipe=self.detector.recipe,
            faces=_faces(settings, self.detector),
            low_confidence_mm=settings.low_confidence_mm,
        )

    def __call__(self, item: ImageTask) -> dict:
        """The record of an image; ``{'image', 'error'}`` for one that cannot be used.

        Raises:
            InputError: The files of the image cannot be written.
        """
        try:
            picture = load_image(item.path)
            predictions = self.detector(picture, spacing=item.spacing)
        except InputError as error:
            return dict(image=item.name, error=str(error))
        except MemoryError:
            reason = 'needs more memory than there is: make it smaller'
            return dict(image=item.name, error=f'{item.path} {reason}')
        except (cv2.error, np.linalg.LinAlgError) as error:
            reason = getattr(error, 'err', '') or str(error)
            return dict(image=item.name, error=f'{item.path} cannot be used: {reason}')
        mm = self.settings.low_confidence_mm
        if self.settings.out:
            image = as_bgr(picture.pixels)
            overlay = draw_predictions_bgr(image, predictions, mm)
            out, name = self.settings.out, str(item.path)
            write_files(out, item.stem, name, predictions, overlay, mm)
        width, height = picture.size
        return dict(
            image=item.name,
            width=width,
            height=height,
            model=self.model,
            options=dict(self.options, spacing=item.known_spacing),
            predictions=[prediction.to_dict(mm) for prediction in predictions],
        )


def _faces(settings: PredictOptions, detector: LandmarkDetector) -> str:
    """Name and checksums of the face detector, as text."""
    if isinstance(detector.find_boxes, FaceFinder):
        return detector.find_boxes.name
    if settings.face_detector is None:
        return 'none'
    files = [Path(name) for name in settings.face_detector]
    return ' '.join(
        f'{file.name} {sha256(file)[:12] if file.is_file() else ""}' for file in files
    )


def _identity(detector: LandmarkDetector) -> str:
    """Name and checksum of the weights, as text."""
    return f'{detector.source["name"]} {detector.source["sha256"][:12]}'
