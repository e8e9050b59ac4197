"""Detects points with the released detectors and returns plain values for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock

import numpy as np

from ..cephalometry import DEFINITIONS
from ..cephalometry.canonical_view import CanonicalView
from ..cephalometry.names import short_names
from ..engine.model_zoo import read_card
from ..errors import InputError
from ..face.finder import FaceFinder
from ..inference import LandmarkDetector
from ..report.head import find_head
from ..report.lines import AXES, OUTLINES, PLANES
from ..schemes import Scheme, definition_of, get_scheme
from ..structures.prediction import Prediction
from ..utils.plain_text import sentence


class Finder:
    """Detectors by their names, each loaded at first use.

    Args:
        names: Names of released detectors.
        device, backend: As for :class:`mmlandmark.LandmarkDetector`.

    Raises:
        InputError: A detector's files are damaged.
    """

    def __init__(
        self, names: Sequence[str], device: str | None = None, backend: str = 'auto'
    ):
        self.device, self.backend = device, backend
        configs = {name: read_card(name)['config'] for name in names}
        self.schemes = {
            name: get_scheme(config['scheme'])
            for name, config in configs.items()
            if 'scheme' in config  # face parsers have none
        }
        self._loaded: dict[str, Callable] = {}
        self._lock = Lock()

    def choices(self) -> list[dict]:
        """One row per detector: name, number of points, and whether heads are measured."""
        return [
            dict(name=name, points=len(scheme), lateral=is_lateral(scheme))
            for name, scheme in self.schemes.items()
        ]

    def find(self, name: str, image: np.ndarray, facing: str | None = None) -> dict:
        """Detect the points in an image.

        Args:
            name: One of the detectors.
            image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
            facing: ``'left'`` or ``'right'``, of a lateral head; None determines it.

        Returns:
            ``model``, ``lateral``, ``heads``, each a list of points with the keys of a
            points file, ``lines``, the pairs of points to connect, ``definitions``, a
            text per point, empty where there is none, ``quarter_turns``, the number of
            clockwise rotations by 90 degrees with which the page shows the image, and
            ``remarks``, sentences on what is unusual about it. An image that shows no head
            gets the mean shape, with all points of low confidence, so that they can be set
            by hand.

        Raises:
            InputError: Unknown detector, or no head or face was found.
        """
        if name not in self.schemes:
            known = ', '.join(self.schemes)
            raise InputError(
                f'unknown detector {name[:80]!r}: the detectors are {known}'
            )
        scheme = self.schemes[name]
        # one at a time: two at the same time need twice the memory and are not faster
        with self._lock:
            detector = self._detector(name)
            found = (_lateral if is_lateral(scheme) else _faces)(
                detector, image, facing
            )
        return dict(
            model=name,
            lateral=is_lateral(scheme),
            lines=lines_of(scheme),
            definitions=definitions_of(scheme),
            **found,
        )

    def _detector(self, name: str) -> Callable:
        if name not in self._loaded:
            detector = LandmarkDetector(name, device=self.device, backend=self.backend)
            if detector.find_boxes is not None:
                # a request of a page starts no download
                detector.find_boxes = FaceFinder(fetch=False)
            self._loaded[name] = detector
        return self._loaded[name]


def is_lateral(scheme: Scheme) -> bool:
    """Whether any cephalometric measurement can be computed from its points."""
    known = set(short_names(scheme.points))
    return any(known.issuperset(d.points) for d in DEFINITIONS.values())


def lines_of(scheme: Scheme) -> list[dict]:
    """Pairs of points to connect: planes of a lateral head, or the skeleton of a face."""
    if not is_lateral(scheme):
        return [dict(kind='outline', ends=list(pair)) for pair in scheme.skeleton]
    chains = [
        *(('plane', pair) for pair in PLANES.values()),
        *(('axis', pair) for pair in AXES),
        *(('outline', pair) for o in OUTLINES for pair in pairwise(o)),
    ]
    place = {short: k for k, short in enumerate(short_names(scheme.points))}
    return [
        dict(kind=kind, ends=[place[end] for end in pair])
        for kind, pair in chains
        if place.keys() >= set(pair)
    ]


def definitions_of(scheme: Scheme) -> list[str]:
    """The definition of each point and its source; empty where there is none."""
    found = map(definition_of, scheme.points)
    return [f'{one.text} ({one.source})' if one else '' for one in found]


def _lateral(detector, image: np.ndarray, facing: str | None) -> dict:
    view = detector.calibration and detector.calibration.view
    if view is None:
        return _found([find_head(detector, image, facing)])
    heads = detector(image)
    if not heads:
        by_hand = _mean_head(detector.scheme, view, image)
        return _found(
            [by_hand],
            [
                'No lateral head was found. The points show the shape of an average head, '
                'not this image: drag each to its place, open another image, or select '
                'a detector of faces for a photograph of faces.'
            ],
        )
    found = heads[0].view
    if found is None:
        return _found(heads[:1])
    remarks = [sentence(remark) for remark in found.remarks()]
    if len(remarks) > found.another:  # not only that the image shows a second head
        remarks.append('The detection and the measurements take this into account.')
    if found.quarter_turns:
        remarks.append(
            'The image is shown upright; the coordinates are those of the image file.'
        )
    return _found(heads[:1], remarks, found.quarter_turns)


def _mean_head(scheme: Scheme, view: CanonicalView, image: np.ndarray) -> Prediction:
    """The mean shape in the middle of an image, with all points of low confidence."""
    size = np.array(image.shape[1::-1], float)
    scale = (size / view.size).min()
    points = (view.points - (np.array(view.size) - 1) / 2) * scale + (size - 1) / 2
    count = len(scheme.points)
    return Prediction(
        points,
        np.full(count, np.nan),
        scheme.points,
        labels=scheme.labels,
        flags=(True,) * count,
    )


def _faces(detector, image: np.ndarray, facing: str | None) -> dict:
    found = detector(image)
    if not found:
        raise InputError(
            'no face found: crop the image closer to the face, or select another detector'
        )
    return _found(found, _face_remarks(found))


def _face_remarks(faces: Sequence[Prediction]) -> list[str]:
    """A remark if most points of a face are of low confidence: it may be no face."""
    flags = [face.low_confidence() for face in faces]
    count = sum(flag is not None and flag.mean() > 0.5 for flag in flags)
    if not count:
        return []
    return [
        f'Most points are of low confidence in {count} of {len(faces)} detected faces. '
        'Check whether the image shows faces there.'
    ]


def _found(
    predictions: Sequence[Prediction],
    remarks: Sequence[str] = (),
    quarter_turns: int = 0,
) -> dict:
    return dict(
        heads=[_rows(prediction) for prediction in predictions],
        remarks=list(remarks),
        quarter_turns=quarter_turns,
    )


def _rows(prediction: Prediction) -> list[dict]:
    return prediction.to_dict()['points']
