"""One image of a run: from the file to a record, in whatever process does it."""

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
    """How points are found; plain values, so that every process of a run can be told.

    Attributes:
        model: What :class:`LandmarkDetector` takes.
        checkpoint: Its weights; None for the released or the best ones.
        device: Such as ``'cpu'``; None for a GPU where there is one.
        backend: ``'auto'``, the fastest there is, or its name.
        face_detector: ``('haar',)``, the path of YuNet's file, or config and checkpoint
            of a detector of MMDetection; None for the model's own way.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.
        out: A folder for JSON, CSV and an overlay of each image; None for none.
    """

    model: str
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
        path: Where it is, as the user said it; names it in the results.
        stem: What the names of its own files begin with.
        spacing: mm per pixel; None when not known.
    """

    path: Path
    stem: str
    spacing: PixelSpacing | None = None

    @property
    def name(self) -> str:
        return self.path.as_posix()

    @property
    def known_spacing(self) -> dict | None:
        """The spacing as JSON has it."""
        return self.spacing.to_dict() if self.spacing else None


def image_tasks(
    source: Path,
    spacing: PixelSpacing | None = None,
    left_out: Counter[str] | None = None,
) -> list[ImageTask]:
    """The image named, every image in the folder named, or those a COCO file lists.

    Args:
        source: An image, a folder, or a ``.json`` such as a prepared ``test.json``.
        spacing: Of all images; by default what the COCO file says of each.
        left_out: Counts what is left out of a folder, by reason.

    Raises:
        InputError: No image there.
    """
    if source.suffix.lower() == '.json':
        found = [(path, spacing or known) for path, known in coco_images(source)]
    elif source.is_dir():
        found = [(path, spacing) for path in list_images(source, left_out)]
    else:
        load_image(source)  # a wrong file is said before a model is loaded
        found = [(source, spacing)]
    if not found:
        raise InputError(f'no image in {source}')
    stems = _stems([path for path, _ in found])
    return [
        ImageTask(path, stem, known)
        for stem, (path, known) in zip(stems, found, strict=True)
    ]


def _stems(paths: list[Path]) -> list[str]:
    """What the names of each image's own files begin with: no two write over each other.

    The stem; where two have the same the whole name, ``a_jpg`` and ``a_png``; where that is
    not enough its folders too.
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
    """Finds the points of one image after another.

    Args:
        settings: What with.
        device: In the place of the one in the settings.

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
            # here: it takes a second to import
            from ..mmdet_faces import MMDetFaces

            self.detector.find_boxes = MMDetFaces(*settings.face_detector)
        self.model = _identity(self.detector)
        #: What the points of an image depend on besides the weights, as plain values.
        self.options = dict(
            recipe=self.detector.recipe,
            faces=_faces(settings, self.detector),
            low_confidence_mm=settings.low_confidence_mm,
        )

    def __call__(self, item: ImageTask) -> dict:
        """The record of an image; of a bad one ``{'image', 'error'}``: the others go on.

        Raises:
            InputError: The image's own files cannot be written.
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
    """What looks for boxes, and which weights of it."""
    if isinstance(detector.find_boxes, FaceFinder):
        return detector.find_boxes.name
    if settings.face_detector is None:
        return 'none'
    files = [Path(name) for name in settings.face_detector]
    return ' '.join(
        f'{file.name} {sha256(file)[:12] if file.is_file() else ""}' for file in files
    )


def _identity(detector: LandmarkDetector) -> str:
    """Tells the results of one model from another's: its weights' name and digest."""
    return f'{detector.source["name"]} {detector.source["sha256"][:12]}'
