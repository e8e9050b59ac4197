"""LandmarkDetector: predicts the landmarks of images with a model given by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import cv2
import numpy as np

from ..errors import InputError
from ..face.detection import checked_boxes, whole_box
from ..face.finder import FaceFinder
from ..face.found import FoundFaces
from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..schemes import IBUG68
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction
from .head_view import find_heads
from .load_model import load_model
from .turned import BoxInPicture, find_in_boxes

if TYPE_CHECKING:
    from mmengine.config import Config

#: Number of images in a batch: more images take more memory and are not faster.
BATCH = 8


class LandmarkDetector:
    """Finds landmarks in images.

    Args:
        name_or_config: The name of a released detector (``'ceph19'``); an exported file,
            ``.onnx`` or OpenVINO ``.xml``, for which neither torch nor MMPose needs to be
            installed; a config file, the work folder of a training run, the name of a
            config in ``configs/``, or a loaded config.
        checkpoint: Its weights; by default the best of the config's own training run.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.
        backend: ``'torch'``, ``'openvino'``, ``'onnxruntime'`` or ``'auto'``, the fastest
            one available: torch on a GPU; on a CPU OpenVINO, else ONNX Runtime
            (OpenVINO: extra ``openvino``), else torch. OpenVINO and ONNX Runtime run
            an exported file: a released detector or a training of your own is converted
            to one on first use, which takes a minute or two, and kept in
            ``~/.cache/mmlandmark``. ``'auto'`` never converts a training: it uses the
            conversion if there is one, else torch. ``MMLANDMARK_BACKEND`` replaces
            ``'auto'``.

    Attributes:
        scheme: The points.
        calibration: Calibration of the expected errors; None if there is none.
        find_boxes: Function from an image ``(H, W)`` or ``(H, W, 3)`` RGB to boxes
            ``(N, 4)``, for images without given boxes; None uses the whole image.
        backend: The backend of the network.
        device: The device of the network.
        source: The ``name`` of the weights and their ``sha256``.
        recipe: A checksum of everything but the weights on which the points depend: the
            network, the preprocessing, the decoding and the calibration.

    Any number of threads may call one detector. It can be pickled and copied; the copy
    loads the weights again from their file.

    Raises:
        InputError: No such model or checkpoint, or the two do not fit; the backend is
            not installed, or cannot run this model or on this device.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
        backend: str = 'auto',
    ):
        self._model = load_model(name_or_config, checkpoint, device, backend)
        self.find_boxes: Callable[[np.ndarray], Any] | None = (
            FaceFinder() if self._model.finds_faces else None
        )
        self.scheme = self._model.scheme
        self.calibration = self._model.calibration
        self.backend = self._model.backend
        self.device = self._model.device

        self.source = self._model.source
        self.recipe = self._model.recipe
        # the state of a pickle, as the networks of some backends cannot be pickled
        self._made_by = (name_or_config, checkpoint, self.device, self.backend)

    @property
    def subject(self) -> str:
        """What is looked for in an image: ``'face'`` or ``'lateral head'``."""
        return 'face' if self._model.finds_faces else 'lateral head'

    def __getstate__(self) -> dict[str, Any]:
        """The arguments of the same detector, for a worker process or a copy.

        The copy loads the weights again, and refuses changed weights.
        """
        return dict(
            made_by=self._made_by,
            source=self.source,
            recipe=self.recipe,
            # a user may have replaced that of the model
            find_boxes=self.find_boxes,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        LandmarkDetector.__init__(self, *state['made_by'])
        if (self.source, self.recipe) != (state['source'], state['recipe']):
            raise InputError(
                f'{self.source["name"]} has changed since this detector was pickled: '
                'create it again'
            )
        self.find_boxes = state['find_boxes']

    def __getattr__(self, name: str) -> Any:
        # the network, its pipeline and its weights, of a model that torch runs
        if name in ('model', 'pipeline', 'checkpoint') and '_model' in self.__dict__:
            return getattr(self._model, name)
        raise AttributeError(f'LandmarkDetector has no attribute {name!r}')

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a str is a sequence of str
        self,
        image: ImageLike,
        boxes: Sequence | np.ndarray | FoundFaces | None = None,
        spacing: PixelSpacing | tuple[float, float] | float | None = None,
    ) -> list[Prediction]: ...

    @overload
    def __call__(
        self,
        image: Sequence[ImageLike],
        boxes: Sequence | None = None,
        spacing: PixelSpacing | tuple[float, float] | float | None = None,
    ) -> list[list[Prediction]]: ...

    def __call__(self, image, boxes=None, spacing=None):
        """Predict the points in each box of one or several images.

        Args:
            image: A path, an array ``(H, W)`` gray or ``(H, W, 3)`` RGB, or a PIL image;
                or a list of them, which is processed in batches.
            boxes: ``(N, 4)`` boxes ``x1, y1, x2, y2`` in pixels; by default those of the
                detected faces, or the whole image for other models. With a list of
                images, a list of the same length, whose entries may be None.
            spacing: mm per pixel of all images, a :class:`PixelSpacing`, ``(sy, sx)`` or
                one number; by default what the file states (DICOM, MHA).

        Returns:
            One prediction per box; an empty list if no face or head is found. With a list
            of images, one such list per image. Points are in pixels of the displayed image,
            with its EXIF orientation applied.

        Raises:
            InputError: An image cannot be read, the boxes are not ``(N, 4)``, a box is
                empty or outside the image, or the spacing is not positive.
        """
        spacing = PixelSpacing.of(spacing)
        if not isinstance(image, (list, tuple)):
            return self._of_batch([image], [boxes], spacing)[0]
        if boxes is None:
            boxes = [None] * len(image)
        if len(boxes) != len(image):
            raise InputError(
                f'{len(image)} images need as many entries of boxes, not {len(boxes)}'
            )
        found = []
        for start in range(0, len(image), BATCH):
            part = slice(start, start + BATCH)
            found += self._of_batch(image[part], boxes[part], spacing)
        return found

    def _of_batch(self, images, boxes, spacing) -> list[list[Prediction]]:
        tasks, places = [], []
        predictions: list[list[Prediction]] = [[] for _ in images]
        for number, (image, given) in enumerate(zip(images, boxes, strict=True)):
            picture = load_image(image)
            wanted = self._boxes(picture.pixels, given)
            if not len(wanted):
                continue
            sides = wanted.boxes.astype(np.float32)
            small, scale = _shrink(picture.pixels, sides, self._model.input_side)
            bgr = as_bgr(small)
            picture.pixels = picture.pixels[:0]  # free memory
            detected = self._model.finds_faces and (
                given is None or isinstance(given, FoundFaces)
            )
            for box, rotation, score in zip(
                sides, wanted.rotations, wanted.scores, strict=True
            ):
                small_box = _scaled(box, scale)
                tasks.append(BoxInPicture(bgr, small_box, rotation, detected))
                places.append((number, picture, box, float(score), scale))
        found = self._find(tasks, [boxes[number] is None for number, *_ in places])
        for one, task, place in zip(found, tasks, places, strict=True):
            if one is not None:
                number, picture, box, score, scale = place
                placed = self._prediction(one, task, picture, box, score, scale)
                predictions[number].append(
                    replace(placed, spacing=spacing or picture.spacing)
                )
        return predictions

    def _find(
        self, tasks: list[BoxInPicture], may_refuse: list[bool]
    ) -> list[Prediction | None]:
        """The points of each task; None where an image shows no head."""
        if not tasks:
            return []
        view = None if self.calibration is None else self.calibration.view
        if view is None:
            return list(find_in_boxes(self._model, tasks))
        heads = find_heads(self._model, view, [(task.bgr, task.box) for task in tasks])
        return [
            None if refusable and not head.is_head else head.prediction
            for head, refusable in zip(heads, may_refuse, strict=True)
        ]

    def _boxes(self, pixels: np.ndarray, boxes) -> FoundFaces:
        if isinstance(boxes, FoundFaces):
            checked_boxes(boxes.boxes, pixels.shape)
            return boxes
        if boxes is not None:
            return FoundFaces.of(checked_boxes(boxes, pixels.shape))
        find = self.find_boxes
        return FoundFaces.of(find(pixels) if find else [whole_box(pixels)])

    def _prediction(
        self,
        found: Prediction,
        task: BoxInPicture,
        picture: LoadedImage,
        box: np.ndarray,
        score: float,
        scale: np.ndarray,
    ) -> Prediction:
        """Convert a prediction from pixels of the resized image to those of the image."""
        bad = int(found.missing.sum())
        if bad:
            raise InputError(
                f'{self.source["name"]} predicts no position for {bad} of '
                f'{len(found.points)} points: its weights or the image are damaged'
            )
        placed = found.resized(*(1 / scale))
        # unless it is the box of a second pass
        if np.array_equal(np.array(found.box, np.float32), task.box):
            x1, y1, x2, y2 = box.tolist()
            placed = replace(placed, box=(x1, y1, x2, y2))
        return replace(
            placed,
            size=picture.size,
            box_score=score if np.isfinite(score) else None,
            head_pose=self._pose(placed),
        )

    def _pose(self, found: Prediction) -> tuple[float, float, float] | None:
        if not self._model.finds_faces or self.scheme.points != IBUG68.points:
            return None
        try:
            from ..face.head_pose import head_pose
        except ImportError:  # SciPy is not a requirement of mmlandmark-lite
            return None
        pitch, yaw, roll = head_pose(found.points, found.z).tolist()
        return (pitch, yaw, roll) if np.isfinite([pitch, yaw, roll]).all() else None


def _scaled(box: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """A box of pixel centres in a picture resized by ``scale``."""
    return ((box + 0.5) * np.tile(scale, 2) - 0.5).astype(np.float32)


def _shrink(
    picture: np.ndarray, boxes: np.ndarray, input_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Downsample a large picture until its smallest box is twice the network's input.

    The crop is sampled bilinearly, which would skip most pixels of a large radiograph.

    Returns:
        The picture, and its scale ``(sx, sy)``.
    """
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).min() + 1
    factor = 2 * input_side / side
    if factor >= 1:
        return picture, np.ones(2)
    height, width = picture.shape[:2]
    size = (round(width * factor), round(height * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small, np.array([size[0] / width, size[1] / height])
