"""What a landmark scheme is: plain data, and the ``metainfo`` MMPose takes it as."""

from __future__ import annotations

import json
import re
import unicodedata
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
        flip_pairs: Pairs of 0-based indices that change places in a mirrored image. Empty
            for lateral heads, which have no left and right and must not be mirrored.
        skeleton: Pairs of 0-based indices to join by a line in overlays.
        ocular: The outer corners of the right and the left eye; None for no face.
        pupils: For each eye the indices whose mean is its pupil; None for no face.
        synonyms: For each point its other names, such as ``'N'`` of nasion; empty where
            no point has any.
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
                    f'scheme {self.name}: {name} names a point that is not there; they '
                    f'are counted from 0 to {len(self.points) - 1}'
                )
        eyes = [*(self.ocular or ()), *sum(self.pupils or (), ())]
        if any(not 0 <= i < len(self.points) for i in eyes):
            raise InputError(
                f'scheme {self.name}: an eye names a point that is not there'
            )
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
        """The :func:`name_key` of every name and synonym to the index of its point."""
        found = {name_key(point): i for i, point in enumerate(self.points)}
        for i, names in enumerate(self.synonyms):
            found |= {name_key(name): i for name in names}
        return found

    def metainfo(self) -> dict:
        """The scheme as MMPose's dataset ``metainfo`` (not yet parsed)."""
        partner = {a: b for pair in self.flip_pairs for a, b in (pair, pair[::-1])}
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


# one mark after a symbol (N', Pog`), for which keyboards and tools have many characters
_PRIMES = "'`\u00b4\u02b9\u02bb\u02bc\u02ca\u02cb\u0374\u1fef\u1ffd"
_PRIMES += '\u2018\u2019\u201b\u2032\u2035'
_PRIMES_ALIKE = {
    **dict.fromkeys(map(ord, _PRIMES), "'"),
    # what nobody sees: a byte order mark, zero-width spaces, a soft hyphen
    **dict.fromkeys((0xFEFF, 0x200B, 0x2060, 0xAD)),
}
_ENDS = re.compile(r'^[\s_]+|[\s_]+$')
_SEPARATORS = re.compile('(?<=(.))[\\s_\u2010-\u2014\u2212-]+(?=(.))', re.DOTALL)


def name_key(name: str) -> str:
    """What the spellings of one point's name share; two names are equal if theirs are.

    Upper and lower case, composed and decomposed letters, and white space, ``_`` and
    hyphens between letters make no difference: ``'Soft-tissue_pogonion'`` is ``'soft tissue
    pogonion'``. Between two digits they do: ``'point 1 2'`` is not ``'point 12'``. Every
    other sign counts, the primes (``'N\''``, ``'N`'``) as one and the same.
    """
    # primes go first: NFKD makes a space with an accent of the acute
    text = name.translate(_PRIMES_ALIKE)
    for _ in range(2):  # as Unicode's compatibility caseless matching
        text = unicodedata.normalize('NFKD', text.casefold())
    # a double prime is two, a fullwidth apostrophe one, only once decomposed
    text = _ENDS.sub('', text.translate(_PRIMES_ALIKE))
    return unicodedata.normalize('NFKC', _SEPARATORS.sub(_between, text))


def _between(match: re.Match) -> str:
    return ' ' if match[1].isdigit() and match[2].isdigit() else ''


def scheme_from_names(name: str, points: list[str]) -> Scheme:
    """A scheme for a user's own points; labels are the names, cut to 12 letters.

    Points whose names differ in left and right alone (``'left eye'``, ``'right eye'``) are
    each other's mirror images.
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
    """Of the left corner of the right eye: the right corner of the left eye."""
    other = dict(left='right', right='left')
    return re.sub('left|right', lambda match: other[match[0]], key)
