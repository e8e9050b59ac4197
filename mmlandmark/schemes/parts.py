"""Face part schemes: names, colours and flip pairs of the labels."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InputError

#: The label of ignored pixels: they are excluded from the loss and from the metrics.
IGNORED = 255


@dataclass(frozen=True)
class PartScheme:
    """A named, ordered set of parts; the index of a name is its label.

    Attributes:
        name: The name in configs and commands.
        parts: Names of the parts; the first is the background.
        colors: RGB colour of each part, for overlays and palettes.
        flip_pairs: Pairs of labels that are swapped in a mirrored image.
        landmarks: Prefixes of landmark names (``'left eye'``) and the parts on which such a
            landmark may lie.
    """

    name: str
    parts: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    flip_pairs: tuple[tuple[int, int], ...] = ()
    landmarks: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self):
        if len(self.colors) != len(self.parts):
            raise InputError(
                f'parts {self.name}: {len(self.parts)} parts, {len(self.colors)} colours'
            )
        there = range(len(self.parts))
        if any(label not in there for pair in self.flip_pairs for label in pair):
            raise InputError(f'parts {self.name}: flip_pairs has an unknown label')
        unknown = {p for names in self.landmarks.values() for p in names}
        if unknown := unknown - set(self.parts):
            raise InputError(f'parts {self.name}: no part {sorted(unknown)[0]!r}')

    def __len__(self) -> int:
        return len(self.parts)

    def metainfo(self) -> dict:
        """The scheme as mmsegmentation's dataset ``metainfo``."""
        return dict(
            dataset_name=self.name,
            classes=self.parts,
            palette=[list(color) for color in self.colors],
        )


# LaPa (Liu et al., AAAI 2020). Left in LaPa is left in the image: the right eye of the
# landmark schemes lies on its left eye.
LAPA11 = PartScheme(
    name='lapa11',
    parts=(
        *('background', 'skin', 'left eyebrow', 'right eyebrow', 'left eye'),
        *('right eye', 'nose', 'upper lip', 'inner mouth', 'lower lip', 'hair'),
    ),
    colors=(
        *((0, 0, 0), (240, 190, 150), (0, 130, 60), (60, 200, 110), (30, 90, 220)),
        *((90, 170, 250), (250, 220, 60), (220, 30, 60), (90, 0, 60), (250, 110, 150)),
        (150, 70, 210),
    ),
    flip_pairs=((2, 3), (4, 5)),
    landmarks={
        'jaw': ('skin', 'hair'),
        'right eyebrow': ('left eyebrow',),
        'left eyebrow': ('right eyebrow',),
        'right eye ': ('left eye',),
        'left eye ': ('right eye',),
        'nose': ('nose',),
        'nostrils': ('nose',),
        'outer lip': ('upper lip', 'lower lip'),
        'inner lip': ('upper lip', 'inner mouth', 'lower lip'),
    },
)

# FASSEG (Khan, Mauro, Leonardi, ICIP 2015); hair and eyebrows are one class
FASSEG6 = PartScheme(
    name='fasseg6',
    parts=('background', 'skin', 'hair and eyebrows', 'nose', 'mouth', 'eyes'),
    colors=(
        *((0, 0, 0), (240, 190, 150), (150, 70, 210), (250, 220, 60), (220, 30, 60)),
        (30, 90, 220),
    ),
    landmarks={
        'jaw': ('skin', 'hair and eyebrows'),
        'right eyebrow': ('hair and eyebrows',),
        'left eyebrow': ('hair and eyebrows',),
        'right eye ': ('eyes',),
        'left eye ': ('eyes',),
        'nose': ('nose',),
        'nostrils': ('nose',),
        'outer lip': ('mouth',),
        'inner lip': ('mouth',),
    },
)

PART_SCHEMES: dict[str, PartScheme] = {s.name: s for s in (LAPA11, FASSEG6)}


def get_parts(name: str) -> PartScheme:
    """Look up a face part scheme by name.

    Raises:
        InputError: The name is unknown.
    """
    if name not in PART_SCHEMES:
        raise InputError(
            f'unknown face parts {name!r}: known are {", ".join(sorted(PART_SCHEMES))}'
        )
    return PART_SCHEMES[name]
