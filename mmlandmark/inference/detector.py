"""LandmarkDetector: predicts the landmarks of images with a model given by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from ..structures.prediction import Prediction, doubted
from ..utils.gray_levels import spread
from ..utils.image_bounds import inside_image
from .ensemble import averaged, recipe_of_all, refuse_unlike, source_of
from .head_view import find_heads
from .load_model import load_model
from .model import Model
from .turned import BoxInPicture, find_in_boxes, is_no_face

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
            config in ``configs/``, or a loaded config. A list of them averages the points
            of several detectors of one scheme, see :mod:`mmlandmark.inference.ensemble`.
        checkpoint: Its weights; by default the best of the config's own training run. With
            a list of detectors, a list of the same length.
        device: Such as ``'cpu'`` or ``'cuda:0'``; by default a GPU where there is one.
        backend: ``'torch'``, ``'openvino'``, ``'onnxruntime'`` or ``'auto'``, the fastest
            one available: torch on a GPU; on a CPU ONNX Runtime, else OpenVINO
            (extra ``openvino``), else torch. ONNX Runtime and OpenVINO run an exported
            file: a released detector is one, and a training of your own is converted
            to one on first use, which takes a minute or two, and kept in
            ``~/.cache/mmlandmark``. ``'auto'`` never converts a training: it uses the
            conversion if there is one, else torch. ``MMLANDMARK_BACKEND`` replaces
            ``'auto'``.

    Attributes:
        scheme: The points.
        calibration: Calibration of the expected errors; None if there is none, and for
            several detectors, each of which has its own.
        find_boxes: Function from an image ``(H, W)`` or ``(H, W, 3)`` RGB to boxes
            ``(N, 4)``, for images without given boxes; None uses the whole image.
        backend: The backend of the network; of several, such as ``'openvino + torch'``.
        device: The device of the network.
        source: The ``name`` of the weights and their ``sha256``; of several detectors their
            names and a checksum of their checksums.
        recipe: A checksum of everything but the weights on which the points depend: the
            network, the preprocessing, the decoding and the calibration.

    Any number of threads may call one detector. It can be pickled and copied; the copy
    loads the weights again from their file.

    Raises:
        InputError: No such model or checkpoint, or the two do not fit; the backend is
            not installed, or cannot run this model or on this device; the points of several
            detectors differ.
    """

    def __init__(
        self,
        name_or_config: str | Path | Config | Sequence[str | Path | Config],
        checkpoint: str | Path | Sequence[str | Path | None] | None = None,
        device: str | None = None,
        backend: str = 'auto',
    ):
        self._load(
            [
                (name, weights, device, backend)
                for name, weights in _members(name_or_config, checkpoint)
            ]
        )

    def _load(self, made_by: Sequence[tuple]) -> None:
        """Load the models of these arguments of :func:`load_model`."""
        models = [load_model(*arguments) for arguments in made_by]
        refuse_unlike(models)
        self._models, self._model = models, models[0]
        self.find_boxes: Callable[[np.ndarray], Any] | None = (
            FaceFinder() if self._model.finds_faces else None
        )
        self.scheme = self._model.scheme
        self.calibration = self._model.calibration if len(models) == 1 else None
        self.backend = ' + '.join(dict.fromkeys(model.backend for model in models))
        self.device = self._model.device
        self.source, self.recipe = source_of(models), recipe_of_all(models)
        # the state of a pickle, as the networks of some backends cannot be pickled
        self._made_by = [
            (name, weights, model.device, model.backend)
            for (name, weights, *_), model in zip(made_by, models, strict=True)
        ]

    @property
    def calibrated(self) -> bool:
        """Whether predictions have expected errors."""
        return all(model.calibration is not None for model in self._models)

    @property
    def subject(self) -> str:
        """The object that the detector finds: ``'face'`` or ``'lateral head'``."""
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
        self._load(state['made_by'])
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
            if self._model.finds_faces:
                picture.pixels = spread(picture.pixels)
            wanted = self._boxes(picture.pixels, given)
            if not len(wanted):
                continue
            sides = wanted.boxes.astype(np.float32)
            input_sides = {model.input_side for model in self._models}
            seen = {s: _shrink(picture.pixels, sides, s) for s in input_sides}
            scales = {side: scale for side, (_, scale) in seen.items()}
            picture.pixels = picture.pixels[:0]  # free memory
            detected = self._model.finds_faces and (
                given is None or isinstance(given, FoundFaces)
            )
            for box, rotation, score in zip(
                sides, wanted.rotations, wanted.scores, strict=True
            ):
                tasks.append(
                    {
                        side: BoxInPicture(bgr, _scaled(box, scale), rotation, detected)
                        for side, (bgr, scale) in seen.items()
                    }
                )
                places.append(_Place(number, picture, box, float(score), scales))
        may_refuse = [boxes[place.number] is None for place in places]
        found = [self._find(model, tasks, places, may_refuse) for model in self._models]
        for place, members in zip(places, zip(*found, strict=True), strict=True):
            if (one := averaged(members)) is not None:
                predictions[place.number].append(
                    replace(
                        one,
                        head_pose=self._pose(one),
                        spacing=spacing or place.picture.spacing,
                    )
                )
        return predictions

    def _find(
        self,
        model: Model,
        tasks: list[dict[int, BoxInPicture]],
        places: list[_Place],
        may_refuse: list[bool],
    ) -> list[Prediction | None]:
        """One prediction per task, in pixels of its image; None without a face or head."""
        if not tasks:
            return []
        own = [task[model.input_side] for task in tasks]
        view = None if model.calibration is None else model.calibration.view
        found: list[Prediction | None]
        if view is None:
            found = [
                None if refusable and is_no_face(one, place.score) else one
                for one, place, refusable in zip(
                    find_in_boxes(model, own), places, may_refuse, strict=True
                )
            ]
        else:
            heads = find_heads(model, view, [(task.bgr, task.box) for task in own])
            found = [
                None if refusable and not head.is_head else head.prediction
                for head, refusable in zip(heads, may_refuse, strict=True)
            ]
        return [
            one and _placed(model, one, task, place)
            for one, task, place in zip(found, own, places, strict=True)
        ]

    def _boxes(self, pixels: np.ndarray, boxes) -> FoundFaces:
        if isinstance(boxes, FoundFaces):
            checked_boxes(boxes.boxes, pixels.shape)
            return boxes
        if boxes is not None:
            return FoundFaces.of(checked_boxes(boxes, pixels.shape))
        find = self.find_boxes
        return FoundFaces.of(find(pixels) if find else [whole_box(pixels)])

    def _pose(self, found: Prediction) -> tuple[float, float, float] | None:
        if not self._model.finds_faces or self.scheme.points != IBUG68.points:
            return None
        try:
            from ..face.head_pose import head_pose
        except ImportError:  # SciPy is not a requirement of mmlandmark-lite
            return None
        pitch, yaw, roll = head_pose(found.points, found.z).tolist()
        return (pitch, yaw, roll) if np.isfinite([pitch, yaw, roll]).all() else None


def _members(
    name_or_config: Any, checkpoint: Any
) -> list[tuple[Any, str | Path | None]]:
    """A name and a checkpoint of each detector."""
    if not isinstance(name_or_config, (list, tuple)):
        return [(name_or_config, checkpoint)]
    if checkpoint is None:
        checkpoint = [None] * len(name_or_config)
    if not isinstance(checkpoint, (list, tuple)) or (
        len(checkpoint) != len(name_or_config)
    ):
        raise InputError(
            f'{len(name_or_config)} detectors need a list of as many checkpoints'
        )
    return list(zip(name_or_config, checkpoint, strict=True))


@dataclass(frozen=True)
class _Place:
    """The image of a box, and its position there.

    Attributes:
        number: 0-based index of the image.
        picture: The image; its pixels are already freed.
        box: ``(4,)`` in pixels of the image.
        score: Score of the face detector, 0 to 1; NaN if there is none.
        scales: Scale ``(sx, sy)`` of the resized image for each input side of a network.
    """

    number: int
    picture: LoadedImage
    box: np.ndarray
    score: float
    scales: dict[int, np.ndarray]


def _placed(
    model: Model, found: Prediction, task: BoxInPicture, place: _Place
) -> Prediction:
    """Convert a prediction from pixels of the resized image to those of the image."""
    bad = int(found.missing.sum())
    if bad:
        raise InputError(
            f'{model.source["name"]} predicts no position for {bad} of '
            f'{len(found.points)} points: its weights or the image are damaged'
        )
    placed = found.resized(*(1 / place.scales[model.input_side]))
    # unless it is the box of a second pass
    if np.array_equal(np.array(found.box, np.float32), task.box):
        x1, y1, x2, y2 = place.box.tolist()
        placed = replace(placed, box=(x1, y1, x2, y2))
    width, height = place.picture.size
    outside = ~inside_image(placed.points, width, height)
    if placed.flags is None and placed.expected_errors is not None and outside.any():
        # a point outside of the image is extrapolated
        placed = replace(placed, flags=doubted(outside))
    return replace(
        placed,
        size=place.picture.size,
        box_score=place.score if np.isfinite(place.score) else None,
    )


def _scaled(box: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """A box of pixel centres in a picture resized by ``scale``."""
    return ((box + 0.5) * np.tile(scale, 2) - 0.5).astype(np.float32)


def _shrink(
    picture: np.ndarray, boxes: np.ndarray, input_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a picture by the largest whole factor that leaves its smallest box at least
    as large as the input of the network.

    The crop is sampled bilinearly, which would skip most pixels of a large radiograph. A
    mean of whole blocks of pixels takes a small part of the time of other factors. The
    rest of the last row and column of blocks, less than a pixel of the input, is left out.

    Returns:
        The picture, and its scale ``(sx, sy)``.
    """
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).min() + 1
    height, width = picture.shape[:2]
    factor = min(int(side / input_side), height, width)
    if factor <= 1:
        return as_bgr(picture), np.ones(2)
    rows, columns = height // factor, width // factor
    small = cv2.resize(
        picture[: rows * factor, : columns * factor],
        (columns, rows),
        interpolation=cv2.INTER_AREA,
    )
    return as_bgr(small), np.full(2, 1 / factor)
