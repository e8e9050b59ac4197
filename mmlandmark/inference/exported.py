"""An exported model: one file that says all of itself; neither torch nor MMPose needed.

The file's metadata is one JSON: ``format``, ``version`` (of the package that wrote it),
``scheme``, ``crop`` (:class:`~.cropping.Crop`), ``decoding``
(:class:`~.decoding.Decoding`), ``calibration`` or null, ``find_boxes`` (``'face'`` or
null), ``precision`` and ``source``, which says of what it was made. The network has an
input ``images`` ``(N, C, H, W)`` and an output ``heatmaps`` ``(N, K, H', W')`` or
``coordinates`` ``(N, K, 2)``. One of two stages has ``corners`` ``(N, K, 2)`` too: where in
the input each point's crop begins.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..released import with_tuples
from ..schemes import get_scheme
from .cropping import Crop
from .decoding import Decoding, spreads
from .found import Found
from .runtimes import open_network, runtime_for

#: Of the metadata; a file of another number is refused.
FORMAT = 1


class ExportedModel:
    """What :mod:`.export` wrote; a :class:`~.found.Model`.

    Args:
        path: An ``.onnx`` file, or an OpenVINO ``.xml`` with its ``.bin`` beside it.
        backend: ``'auto'``, ``'openvino'`` or ``'onnxruntime'``.
        device: None or ``'cpu'``.

    Raises:
        InputError: There is no such file, it was not exported by this package, or what
            runs it is not installed.
    """

    def __init__(
        self, path: str | Path, backend: str = 'auto', device: str | None = None
    ):
        self.path = Path(path)
        self.backend = runtime_for(self.path, backend, device)
        self.device = 'cpu'
        self._run, text = open_network(self.path, self.backend)
        self.metadata = _metadata(text, self.path)
        try:
            self.scheme = get_scheme(self.metadata['scheme'])
            self.crop = Crop(**with_tuples(self.metadata['crop']))
            self.decoding = Decoding(**with_tuples(self.metadata['decoding']))
            known = self.metadata['calibration']
            self.calibration = (
                Calibration.from_dict(known, self.scheme.points) if known else None
            )
            self.finds_faces = self.metadata['find_boxes'] == 'face'
            self.source = _source(self.metadata)
        except (KeyError, TypeError) as error:
            raise InputError(f'{path}: its metadata is damaged: {error!r}') from None
        self.input_side = max(self.crop.size)

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Found]:
        """As :meth:`~.found.Model.find` says."""
        regions = [self.crop.region(box) for _, box in tasks]
        images = np.stack(
            [
                self.crop.cut(bgr, *region)
                for (bgr, _), region in zip(tasks, regions, strict=True)
            ]
        )
        points, scores, sure = self._decoded(self._run(images))
        found = []
        for i, (centre, sides) in enumerate(regions):
            # in pixels of the picture, as MMPose maps them back
            placed = points[i] / self.crop.size * sides + centre - 0.5 * sides
            pixel = float(sides[0] / self.crop.size[0])
            spread = None if sure is None else sure[i].astype(float)
            found.append(Found(placed.astype(float), scores[i], pixel, spread))
        return found

    def _decoded(self, outputs) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Points in pixels of the input, scores, and spreads where they mean something."""
        raw = outputs['coordinates' if 'coordinates' in outputs else 'heatmaps']
        points, scores = self.decoding(raw)
        sure = None
        if self.decoding.spreads:
            sure = spreads(raw, points, self.decoding.pixel(raw))
        if 'corners' in outputs:
            points = points + outputs['corners']
        return points, scores.astype(float), sure


def _metadata(text: str | None, path: Path) -> dict:
    if text is None:
        raise InputError(
            f'{path} says nothing of its points: export it with tools/export.py'
        )
    try:
        values = json.loads(text)
        if values['format'] != FORMAT:
            raise InputError(
                f'{path} is of format {values["format"]}, this version reads {FORMAT}: '
                'export it again'
            )
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f'{path}: its metadata is damaged: {error!r}') from None
    return values


def _source(values: dict) -> dict[str, str]:
    """As :class:`~.found.Model` says; what was rounded is called another model."""
    source, precision = values['source'], values['precision']
    rounded = '' if precision == 'fp32' else f' {precision}'
    return dict(name=source['name'] + rounded, sha256=source['sha256'])
