"""LandmarkDetector: the name of a model, then images to points."""

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
from ..face.head_pose import head_pose
from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..schemes import IBUG68
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction
from .load_model import load_model
from .turned import BoxInPicture, find_in_boxes

if TYPE_CHECKING:
    from mmengine.config import Config

#: Images of a list that are looked at together: more take memory and are no faster.
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
            (``pip install 'mmlandmark[fast]'``), else torch. OpenVINO and ONNX Runtime run
            an exported file: a released detector or a training of your own is converted
            to one on first use, which takes a minute or two, and kept in
            ``~/.cache/mmlandmark``. ``'auto'`` never converts a training: it uses the
            conversion if there is one, else torch. ``MMLANDMARK_BACKEND`` replaces
            ``'auto'``.

    Attributes:
        scheme: The points.
        calibration: Of the expected errors; None for a model that was not calibrated.
        find_boxes: What looks for boxes ``(N, 4)`` in an image ``(H, W)`` or ``(H, W, 3)``
            RGB that comes without; None takes it whole.
        backend: What runs the network.
        device: Where it runs.
        source: The ``name`` of its weights and their ``sha256``.
        recipe: A checksum of what makes points of the weights: the network, how images are
            prepared and heatmaps read, and the calibration.

    Any number of threads may call one detector. It can be pickled and copied: by what made
    it, so the weights must still be where they were.

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
        # what a pickle holds, in place of networks that have no form outside a process
        self._made_by = (name_or_config, checkpoint, self.device, self.backend)

    def __getstate__(self) -> dict[str, Any]:
        """What makes the same detector again, in a worker process or as a copy.

        It reads the weights anew, and refuses others than these.
        """
        return dict(
            made_by=self._made_by,
            source=self.source,
            recipe=self.recipe,
            # one that a user has set; the model's own comes with the model
            find_boxes=self.find_boxes,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        LandmarkDetector.__init__(self, *state['made_by'])
        if (self.source, self.recipe) != (state['source'], state['recipe']):
            raise InputError(
                f'{self.source["name"]} has changed since this detector was pickled: '
                'make it anew'
            )
        self.find_boxes = state['find_boxes']

    def __getattr__(self, name: str) -> Any:
        # of a model that torch runs: the network, its pipeline and its weights
        if name in ('model', 'pipeline', 'checkpoint') and '_model' in self.__dict__:
            return getattr(self._model, name)
        raise AttributeError(f'LandmarkDetector has no attribute {name!r}')

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a str is a sequence of str
        self,
        image: ImageLike,
        boxes: Sequence | np.ndarray | None = None,
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
        """Find the points in each box of an image, or of each of several.

        Args:
            image: A path, an array ``(H, W)`` gray or ``(H, W, 3)`` RGB, or a PIL image;
                or a list of them, which is worked through in batches.
            boxes: ``(N, 4)`` boxes ``x1, y1, x2, y2`` in pixels; by default those of the
                faces found, or, for a model of other things, the whole image. With a
                list of images, a list of as many of these or None.
            spacing: mm per pixel of all images, a :class:`PixelSpacing`, ``(sy, sx)`` or
                one number; by default what the file states (DICOM, MHA).

        Returns:
            One prediction a box; none for no boxes, or where no face is found. With a
            list of images, a list of as many such lists. Points are in pixels of the
            image as it is displayed, that is, turned as its EXIF tag says.

        Raises:
            InputError: An image cannot be read; the boxes are no ``(N, 4)``, or one is
                empty or beside the image; or the spacing is not of positive numbers.
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
            picture.pixels = picture.pixels[:0]  # not kept while others are read
            detected = self._model.finds_faces and (
                given is None or isinstance(given, FoundFaces)
            )
            for box, rotation, score in zip(
                sides, wanted.rotations, wanted.scores, strict=True
            ):
                small_box = _scaled(box, scale)
                tasks.append(BoxInPicture(bgr, small_box, rotation, detected))
                places.append((number, picture, box, score, scale))
        found = find_in_boxes(self._model, tasks) if tasks else []
        for one, task, (number, *place) in zip(found, tasks, places, strict=True):
            predictions[number].append(self._prediction(one, task, *place, spacing))
        return predictions

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
        spacing: PixelSpacing | None,
    ) -> Prediction:
        """What was found in a resized image, in pixels of the image itself."""
        bad = int(found.missing.sum())
        if bad:
            raise InputError(
                f'{self.source["name"]} gives no place for {bad} of '
                f'{len(found.points)} points: its weights or the image are damaged'
            )
        placed = found.resized(*(1 / scale))
        if np.array_equal(np.float32(found.box), task.box):  # not that of a second look
            x1, y1, x2, y2 = box.tolist()
            placed = replace(placed, box=(x1, y1, x2, y2))
        return replace(
            placed,
            spacing=spacing or picture.spacing,
            size=picture.size,
            box_score=float(score) if np.isfinite(score) else None,
            head_pose=self._pose(placed),
        )

    def _pose(self, found: Prediction) -> tuple[float, float, float] | None:
        if not self._model.finds_faces or self.scheme.points != IBUG68.points:
            return None
        pitch, yaw, roll = head_pose(found.points, found.z).tolist()
        return (pitch, yaw, roll) if np.isfinite([pitch, yaw, roll]).all() else None


def _scaled(box: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """A box of pixel centres in a picture resized by ``scale``."""
    return ((box + 0.5) * np.tile(scale, 2) - 0.5).astype(np.float32)


def _shrink(
    picture: np.ndarray, boxes: np.ndarray, input_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average a large picture down to twice what the network sees of its smallest box.

    The crop samples bilinearly: out of a 2400-pixel film it would skip most pixels.

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
