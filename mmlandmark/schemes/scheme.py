"""What a landmark scheme is: plain data, and the ``metainfo`` MMPose takes it as."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import InputError


@dataclass(frozen=True)
class Scheme:
    """A named, ordered set of landmarks.

    Attributes:
        name: What configs and commands call it.
        points: Full names, in the order of every ``(K, 2)`` array.
        labels: Short labels for overlays, such as ``Go`` for gonion.
        swaps: Pairs of 0-based indices that change places in a mirrored image. Empty
            for lateral heads, which have no left and right and must not be mirrored.
        skeleton: Pairs of 0-based indices to join by a line in overlays.
        ocular: The outer corners of the right and the left eye; None for no face.
        pupils: For each eye the indices whose mean is its pupil; None for no face.
    """

    name: str
    points: tuple[str, ...]
    labels: tuple[str, ...]
    swaps: tuple[tuple[int, int], ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    ocular: tuple[int, int] | None = None
    pupils: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def __post_init__(self):
        if len(self.labels) != len(self.points):
            raise InputError(
                f'scheme {self.name}: {len(self.points)} points but '
                f'{len(self.labels)} labels'
            )
        for name, pairs in (('swaps', self.swaps), ('skeleton', self.skeleton)):
            if any(not 0 <= i < len(self.points) for pair in pairs for i in pair):
                raise InputError(
                    f'scheme {self.name}: {name} names a point that is not there; they '
                    f'are counted from 0 to {len(self.points) - 1}'
                )
        eyes = [*(self.ocular or ()), *sum(self.pupils or (), ())]
        if any(not 0 <= i < len(self.points) for i in eyes):
            raise InputError(
                f'scheme {self.name}: an eye names a point that is not there'
            )
        keys = [spelling_key(point) for point in self.points]
        if not keys or len(set(keys)) != len(keys):
            raise InputError(f'scheme {self.name}: its points need distinct names')

    def __len__(self) -> int:
        return len(self.points)

    def coco_category(self) -> dict:
        """The scheme as the only category of a COCO keypoints file."""
        return dict(
            id=1,
            name=self.name,
            keypoints=list(self.points),
            skeleton=[[a + 1, b + 1] for a, b in self.skeleton],  # COCO counts from 1
        )

    def metainfo(self) -> dict:
        """The scheme as MMPose's dataset ``metainfo`` (not yet parsed)."""
        partner = {a: b for pair in self.swaps for a, b in (pair, pair[::-1])}
        points = self.points
        return dict(
            dataset_name=self.name,
            paper_info={},
            keypoint_info={
                i: dict(
                    name=point,
                    id=i,
                    color=[0, 255, 0],
                    type='',
                    swap=points[partner[i]] if i in partner else '',
                )
                for i, point in enumerate(points)
            },
            skeleton_info={
                i: dict(link=(points[a], points[b]), id=i, color=[255, 255, 0])
                for i, (a, b) in enumerate(self.skeleton)
            },
            joint_weights=[1.0] * len(points),
            # used by OKS only, which MMPose insists on and we do not report
            sigmas=[0.025] * len(points),
        )

    def save(self, path: Path) -> None:
        """Write the scheme as JSON, to be read back with :func:`get_scheme`."""
        path.write_text(json.dumps(asdict(self), indent=1) + '\n', encoding='utf-8')


def spelling_key(name: str) -> str:
    """Reduce a point's name to what spellings of it share: ``'Gonion _x'`` aside."""
    return re.sub(r'[^a-z0-9]', '', name.lower())


def scheme_from_names(name: str, points: list[str]) -> Scheme:
    """A scheme for a user's own points; labels are the names, cut to 12 letters.

    Points whose names differ in left and right alone (``'left eye'``, ``'right eye'``) are
    each other's mirror images.
    """
    place = {spelling_key(point): i for i, point in enumerate(points)}
    mirrored = [
        (i, place.get(key.replace('left', 'right')))
        for key, i in place.items()
        if 'left' in key
    ]
    return Scheme(
        name,
        tuple(points),
        tuple(point[:12] for point in points),
        swaps=tuple((i, j) for i, j in mirrored if j is not None),
    )
