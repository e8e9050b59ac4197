"""The landmark scheme class, and its conversion to MMPose's ``metainfo``."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from ..errors import InputError


@dataclass(frozen=True)
class Scheme:
    """A named, ordered set of landmarks.

    Attributes:
        name: The name in configs and commands.
        points: Full names of the K points, in the order of all ``(K, 2)`` arrays.
        labels: Short labels for overlays, such as ``Go`` for gonion.
        flip_pairs: Pairs of 0-based indices that are swapped in a mirrored image. Empty for
            lateral heads, which have no left and right and must not be mirrored.
        skeleton: Pairs of 0-based indices that overlays join by a line.
        ocular: Indices of the outer corners of the right and the left eye, for
            normalisation; None if there are none.
        pupils: Indices for the right and the left eye whose mean is the pupil, for
            normalisation; None if there are none.
        synonyms: K tuples of other names by which readers recognise each point, such as
            ``'N'`` for nasion, in any spelling (see :func:`name_key`); empty if no point
            has synonyms.

    Raises:
        InputError: Numbers of labels or synonyms differ from K, an index is out of range,
            or two points share a name or synonym.
    """

    name: str
    points: tuple[str, ...]
    labels: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    ocular: tuple[int, int] | None = None
    pupils: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    synonyms: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self):
        if len(self.labels) != len(self.points):
            raise InputError(
                f'scheme {self.name}: {len(self.points)} points but '
                f'{len(self.labels)} labels'
            )
        for name, pairs in (
            ('flip_pairs', self.flip_pairs),
            ('skeleton', self.skeleton),
        ):
            if any(not 0 <= i < len(self.points) for pair in pairs for i in pair):
                raise InputError(
                    f'scheme {self.name}: {name} has an index out of range: give 0 to '
                    f'{len(self.points) - 1}'
                )
        eyes = [*(self.ocular or ()), *sum(self.pupils or (), ())]
        if any(not 0 <= i < len(self.points) for i in eyes):
            raise InputError(f'scheme {self.name}: an eye has an index out of range')
        self._check_names()

    def _check_names(self) -> None:
        if self.synonyms and len(self.synonyms) != len(self.points):
            raise InputError(
                f'scheme {self.name}: {len(self.points)} points but '
                f'{len(self.synonyms)} lists of synonyms'
            )
        keys = [name_key(point) for point in self.points]
        if not keys or '' in keys or len(set(keys)) != len(keys):
            raise InputError(f'scheme {self.name}: its points need distinct names')
        owner = dict(zip(keys, self.points, strict=True))
        for point, others in zip(self.points, self.synonyms, strict=False):
            for other in others:
                if owner.setdefault(name_key(other), point) != point:
                    raise InputError(
                        f'scheme {self.name}: {other!r} names two of its points, '
                        f'{owner[name_key(other)]!r} and {point!r}'
                    )

    def __len__(self) -> int:
        return len(self.points)

    def places(self) -> dict[str, int]:
        """:func:`name_key` of each name and synonym to the index of its point."""
        return self._places

    @cached_property  # readers ask for every head
    def _places(self) -> dict[str, int]:
        found = {name_key(point): i for i, point in enumerate(self.points)}
        for i, names in enumerate(self.synonyms):
            found |= {name_key(name): i for name in names}
        return found

    def flip_indices(self) -> list[int]:
        """For each point, the 0-based index of its partner in a mirrored image."""
        indices = list(range(len(self.points)))
        for a, b in self.flip_pairs:
            indices[a], indices[b] = b, a
        return indices

    def metainfo(self) -> dict:
        """The scheme as MMPose's dataset ``metainfo`` (not yet parsed)."""
        points, partner = self.points, self.flip_indices()
        return dict(
            dataset_name=self.name,
            paper_info={},
            keypoint_info={
                i: dict(
                    name=point,
                    id=i,
                    color=[0, 255, 0],
                    type='',
                    swap=points[partner[i]] if partner[i] != i else '',
                )
                for i, point in enumerate(points)
            },
            skeleton_info={
                i: dict(link=(points[a], points[b]), id=i, color=[255, 255, 0])
                for i, (a, b) in enumerate(self.skeleton)
            },
            joint_weights=[1.0] * len(points),
            # required by MMPose; used by OKS only, which is not reported
            sigmas=[0.025] * len(points),
        )

    def save(self, path: Path) -> None:
        """Write the scheme as JSON for :func:`get_scheme`."""
        path.write_text(json.dumps(asdict(self), indent=1) + '\n', encoding='utf-8')


# characters used as a prime after a symbol (N', Pog`)
_PRIMES = "'`\u00b4\u02b9\u02bb\u02bc\u02ca\u02cb\u0374\u1fef\u1ffd"
_PRIMES += '\u2018\u2019\u201b\u2032\u2035'
_PRIMES_ALIKE = {
    **dict.fromkeys(map(ord, _PRIMES), "'"),
    # invisible: byte order mark, zero-width spaces, soft hyphen
    **dict.fromkeys((0xFEFF, 0x200B, 0x2060, 0xAD)),
}
_ENDS = re.compile(r'^[\s_]+|[\s_]+$')
_SEPARATORS = re.compile('(?<=(.))[\\s_\u2010-\u2014\u2212-]+(?=(.))', re.DOTALL)


# files repeat the same names for every image
@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A key that is equal for all spellings of a point's name.

    Case, Unicode normalization, and white space, ``_`` and hyphens between letters are
    ignored: ``'Soft-tissue_pogonion'`` equals ``'soft tissue pogonion'``. Separators
    between two digits are kept: ``'point 1 2'`` differs from ``'point 12'``. All other
    characters count; the different prime characters (``'N\''``, ``'N`'``) are equal.
    """
    # primes first: NFKD decomposes an acute accent into a space and a mark
    text = name.translate(_PRIMES_ALIKE)
    for _ in range(2):  # Unicode's compatibility caseless matching
        text = unicodedata.normalize('NFKD', text.casefold())
    # decomposition gives primes for a double prime and a fullwidth apostrophe
    text = _ENDS.sub('', text.translate(_PRIMES_ALIKE))
    return unicodedata.normalize('NFKC', _SEPARATORS.sub(_between, text))


def _between(match: re.Match) -> str:
    return ' ' if match[1].isdigit() and match[2].isdigit() else ''


def scheme_from_names(name: str, points: list[str]) -> Scheme:
    """A scheme of custom points; labels are the names, cut to 12 characters.

    Names that differ only in left and right (``'left eye'``, ``'right eye'``) become flip
    pairs.

    Args:
        name: The name of the scheme.
        points: The names of the points, in order.

    Raises:
        InputError: There are no points, or two names are equal.
    """
    place = {name_key(point): i for i, point in enumerate(points)}
    mirrored = [(i, place.get(_mirrored(key))) for key, i in place.items()]
    return Scheme(
        name,
        tuple(points),
        tuple(point[:12] for point in points),
        flip_pairs=tuple((i, j) for i, j in mirrored if j is not None and i < j),
    )


def _mirrored(key: str) -> str:
    """Swap left and right in a name: both in 'left corner of right eye'."""
    other = dict(left='right', right='left')
    return re.sub('left|right', lambda match: other[match[0]], key)
