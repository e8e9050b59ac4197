"""Landmark schemes: which points there are, once, for readers, models and metrics.

A scheme is plain data. Its :meth:`Scheme.metainfo` is what MMPose calls ``metainfo``.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import InputError


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
    """

    name: str
    points: tuple[str, ...]
    labels: tuple[str, ...]
    swaps: tuple[tuple[int, int], ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()

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
        keys = [spelling_key(point) for point in self.points]
        if not keys or len(set(keys)) != len(keys):
            raise InputError(f'scheme {self.name}: its points need distinct names')

    def __len__(self) -> int:
        return len(self.points)

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


ISBI19 = Scheme(
    name='isbi19',
    points=(
        'Sella',
        'Nasion',
        'Orbitale',
        'Porion',
        'Subspinale',
        'Supramentale',
        'Pogonion',
        'Menton',
        'Gnathion',
        'Gonion',
        'Lower incisor tip',
        'Upper incisor tip',
        'Upper lip',
        'Lower lip',
        'Subnasale',
        'Soft-tissue pogonion',
        'PNS',
        'ANS',
        'Articulare',
    ),
    labels=(
        *('S', 'N', 'Or', 'Po', 'A', 'B', 'Pog', 'Me', 'Gn', 'Go'),
        *('L1', 'U1', 'Ls', 'Li', 'Sn', "Pog'", 'PNS', 'ANS', 'Ar'),
    ),
    # S-N, palate, Ar-Go-Me, symphysis, FH, incisors, soft-tissue profile
    skeleton=(
        *((0, 1), (16, 17), (18, 9), (9, 7), (7, 8), (8, 6), (3, 2)),
        *((14, 12), (12, 13), (13, 15)),
    ),
)

PHOTO19 = Scheme(
    name='photo19',
    points=(
        'sella',
        'nasion',
        'A point',
        'B point',
        'upper 1 tip',
        'upper 1 apex',
        'lower 1 tip',
        'lower 1 apex',
        'ANS',
        'PNS',
        'Gonion',
        'Menton',
        'ST Nasion',
        'Tip of the nose',
        'Subnasal',
        'Upper lip',
        'Lower lip',
        'ST Pogonion',
        'gnathion',
    ),
    labels=(
        *('S', 'N', 'A', 'B', 'U1', 'U1a', 'L1', 'L1a', 'ANS', 'PNS'),
        *('Go', 'Me', "N'", 'Prn', 'Sn', 'Ls', 'Li', "Pog'", 'Gn'),
    ),
    skeleton=(
        *((0, 1), (9, 8), (10, 11), (11, 18), (4, 5), (6, 7)),
        *((12, 13), (13, 14), (14, 15), (15, 16), (16, 17)),
    ),
)

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in (ISBI19, PHOTO19)}


def get_scheme(name: str | Path) -> Scheme:
    """Look up a scheme by name, or read it from a ``.json`` file.

    Raises:
        InputError: The name is unknown, or the file is missing or no scheme.
    """
    if str(name) in SCHEMES:
        return SCHEMES[str(name)]
    if not str(name).endswith('.json'):
        raise InputError(
            f'unknown landmark scheme {str(name)!r}: known are '
            f'{", ".join(sorted(SCHEMES))}, or give the path of a scheme.json'
        )
    try:
        data = json.loads(Path(name).read_text(encoding='utf-8'))
        pairs = {
            key: tuple((int(a), int(b)) for a, b in data.get(key, ()))
            for key in ('swaps', 'skeleton')
        }
        return Scheme(
            data['name'], tuple(data['points']), tuple(data['labels']), **pairs
        )
    except FileNotFoundError:
        raise InputError(
            f'no scheme file {name}: tools/prepare_data.py writes one beside the data'
        ) from None
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f'{name} is not a landmark scheme: {error!r}') from None


def scheme_from_names(name: str, points: list[str]) -> Scheme:
    """A scheme for a user's own points; labels are the names, cut to 12 letters."""
    return Scheme(name, tuple(points), tuple(point[:12] for point in points))
