"""Runs an exported model: one self-contained file, for which torch is not needed.

The file's metadata is one JSON object: ``format``, ``version`` (of the package that wrote
it), ``scheme``, ``crop`` (:class:`~.cropping.Crop`), ``decoding``
(:class:`~.decoding.Decoding`), ``calibration`` or null, ``find_boxes`` (``'face'`` or
null), ``depth`` (``'face_shape'``: by :func:`mmlandmark.face.face_shape.face_depth`; or
null), ``precision`` and ``source`` (name and checksum of the weights). The network has an
input ``images`` ``(N, C, H, W)`` and an output ``heatmaps`` ``(N, K, H', W')`` or
``coordinates`` ``(N, K, 2)``, the latter with or without ``scores`` ``(N, K)``. A network
of two stages also has an output ``corners``
``(N, K, 2)``: x, y of the first pixel of each point's crop in the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...face.face_shape import face_depth
from ...structures.prediction import Prediction
from ..backends.runtimes import open_network, runtime_for
from ..model import prediction_of, recipe_of
from .decoding import expected_radial_errors
from .metadata import Metadata


class ExportedModel:
    """A :class:`~..model.Model` in a file that :mod:`mmlandmark.inference.export` wrote.

    Args:
        path: An ``.onnx`` file, or an OpenVINO ``.xml`` with its ``.bin`` beside it.
        backend: ``'auto'``, ``'openvino'`` or ``'onnxruntime'``.
        device: None or ``'cpu'``.
        recipe: That of the converted model; by default that of the file.

    Raises:
        InputError: There is no such file, it was not exported by this package, or its
            runtime is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        backend: str = 'auto',
        device: str | None = None,
        recipe: str = '',
    ):
        self.path = Path(path)
        self.backend = runtime_for(self.path, backend, device)
        self.device = 'cpu'
        self._run, text = open_network(self.path, self.backend)
        read = Metadata.from_text(text, self.path)
        self.scheme, self.calibration = read.scheme, read.calibration
        self.crop, self.decoding = read.crop, read.decoding
        self.finds_faces, self.has_depth = read.finds_faces, read.has_depth
        self.source, self.metadata = read.source, read.values
        # the entries of the metadata that influence the points
        self.recipe = recipe or recipe_of(
            {k: v for k, v in read.values.items() if k not in ('version', 'source')}
        )
        self.input_side = max(self.crop.size)

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Prediction]:
        """See :meth:`~..model.Model.find`."""
        # one by one: on a CPU a batch is not faster, and takes a multiple of the memory
        return [self._find_one(bgr, box) for bgr, box in tasks]

    def _find_one(self, bgr: np.ndarray, box: np.ndarray) -> Prediction:
        centre, sides = self.crop.region(box)
        images = self.crop.cut(bgr, centre, sides)[None]
        points, scores, errors = self._decoded(self._run(images))
        # convert to pixels of the image, as MMPose does
        placed = points[0] / self.crop.size * sides + centre - 0.5 * sides
        placed = placed.astype(float)
        pixel = float(sides[0] / self.crop.size[0])
        error = None if errors is None else errors[0].astype(float)
        depths = face_depth(placed) if self.has_depth else None
        return prediction_of(self, box, placed, scores[0], pixel, error, depths)

    def _decoded(self, outputs) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Points in pixels of the input, scores, and heatmap errors or None."""
        raw = self._raw(outputs)
        points, scores = self.decoding(raw)
        scores = outputs.get('scores', scores)
        errors = None
        if self.decoding.spreads:
            errors = expected_radial_errors(raw, points, self.decoding.pixel(raw))
        if 'corners' in outputs:
            points = points + outputs['corners']
        return points, scores.astype(float), errors

    def _raw(self, outputs) -> np.ndarray:
        """The heatmaps or coordinates, checked against the metadata."""
        wanted = 'coordinates' if self.decoding.kind == 'coordinates' else 'heatmaps'
        raw = outputs.get(wanted)
        points, sides = len(self.scheme), 1 if wanted == 'coordinates' else 2
        if raw is None or raw.shape[1:2] != (points,) or raw.ndim != 2 + sides:
            raise InputError(
                f'{self.path}: its network does not give {wanted} of the {points} points '
                'it names: export it again'
            )
        return raw
