"""Runs an exported network of face parts, for which torch is not needed.

The file's metadata is one JSON object: ``format``, ``version``, ``parts`` (the name of the
scheme), ``crop`` (:class:`~.cropping.Crop`; the input is the whole image, resized),
``precision`` and ``source``. The network has an input ``images`` ``(N, C, H, W)`` and an
output ``logits`` ``(N, parts, H, W)``.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ..backends.runtimes import open_network, runtime_for
from .metadata import PartsMetadata


class ExportedParser:
    """Probabilities of parts, by a file that :mod:`mmlandmark.inference.export` wrote.

    Args:
        path: An ``.onnx`` file.
        backend: ``'auto'``, ``'openvino'`` or ``'onnxruntime'``.
        device: None or ``'cpu'``.

    Raises:
        InputError: There is no such file, it is not of face parts, or its runtime is not
            installed.
    """

    device = 'cpu'

    def __init__(
        self, path: str | Path, backend: str = 'auto', device: str | None = None
    ):
        self.path = Path(path)
        self.backend = runtime_for(self.path, backend, device)
        self._run, text = open_network(self.path, self.backend)
        read = PartsMetadata.from_text(text, self.path)
        self.scheme, self.crop, self.source = read.scheme, read.crop, read.source

    def find(self, bgr: np.ndarray) -> np.ndarray:
        """``(C, H, W)`` float32 that sum to 1 over C, of an image ``(H, W, 3)`` BGR."""
        small = cv2.resize(bgr, self.crop.size, interpolation=cv2.INTER_AREA)
        logits = self._run(self.crop.normalised(small)[None]).get('logits')
        if logits is None or logits.shape[:2] != (1, len(self.scheme)):
            raise InputError(
                f'{self.path}: its network does not give logits of the '
                f'{len(self.scheme)} parts it names: export it again'
            )
        height, width = bgr.shape[:2]
        # mmsegmentation resizes the logits, not the probabilities
        sized = [cv2.resize(part, (width, height)) for part in logits[0]]
        powers = np.exp(np.stack(sized) - np.max(sized, axis=0))
        return powers / powers.sum(axis=0)
