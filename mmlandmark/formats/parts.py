"""Reads face parsing data: photographs and label images of LaPa and FASSEG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from ..io.pillow_files import encoded, has_image_name, read_values
from ..io.writing import write_bytes
from ..schemes.parts import IGNORED
from ..structures.part_mask import PartMask
from .common.points import checked_points
from .common.splits import SPLIT_WORDS
from .common.text_file import read_text

#: Subjects of the validation split, which FASSEG lacks: two of the seven people of the
#: multi-pose set (a woman, and a man with glasses in one of two sessions), and every fourth
#: of the twenty frontal photographs, each of another person.
FASSEG_VAL = (
    'person 03',
    'person 05',
    *(f'frontal {n:02}' for n in (4, 8, 12, 16, 20)),
)

#: Number of points per face in LaPa's ``landmarks/``.
LAPA_POINTS = 106


@dataclass(frozen=True)
class PartSample:
    """One photograph and its label image.

    Attributes:
        id: Unique within a data set.
        image: Path of the photograph.
        labels: Path of the label image, of the same size.
        split: The split.
        subject: The person; None if unknown.
        landmarks: Path of the points (LaPa); None if there are none.
    """

    id: str
    image: Path
    labels: Path
    split: str
    subject: str | None = None
    landmarks: Path | None = None


def read_lapa(root: str | Path) -> list[PartSample]:
    """Read LaPa: ``{train,val,test}/{images,labels,landmarks}/``.

    Source: Liu et al., A New Dataset and Boundary-Attention Semantic Segmentation for Face
    Parsing, AAAI 2020.

    Args:
        root: The folder of the splits; other words for them, such as ``Validation``, are
            known too.

    Returns:
        One sample per photograph.

    Raises:
        InputError: No such folder, no images in it, or an image without labels.
    """
    samples = []
    for folder in _folders(Path(root), _split_folders(Path(root))):
        for image, labels in _pairs(folder):
            points = folder / 'landmarks' / f'{image.stem}.txt'
            samples.append(
                PartSample(
                    id=f'{folder.name}/{image.stem}',
                    image=image,
                    labels=labels,
                    split=SPLIT_WORDS[folder.name.lower()],
                    landmarks=points if points.is_file() else None,
                )
            )
    return samples


def _split_folders(root: Path) -> list[str]:
    parts = ('train', 'val', 'test')
    # the whole name: frontal_train belongs to FASSEG
    there = {path.name: SPLIT_WORDS.get(path.name.lower()) for path in root.glob('*/')}
    named = [name for part in parts for name in sorted(there) if there[name] == part]
    return named or list(parts)


def read_fasseg(root: str | Path) -> list[PartSample]:
    """Read FASSEG's frontal and multi-pose photographs, split by person.

    ``{frontal,multipose}_train/{images,labels}/``: frontal photographs are numbered, one
    per person; ``personne05147+0+15`` is person 05, session 1, shot 47, pan 15 degrees.
    The people in :data:`FASSEG_VAL` are ``val``, the others ``train``; all of
    ``{frontal,multipose}_test`` are ``test``.

    Source: Khan, Mauro and Leonardi, Multi-class semantic segmentation of faces, ICIP 2015.

    Args:
        root: The folder that holds ``frontal_train`` and the others.

    Returns:
        One sample per photograph.

    Raises:
        InputError: No such folder, no images in it, or an image without labels.
    """
    root = Path(root)
    names = [
        f'{k}_{part}' for k in ('frontal', 'multipose') for part in ('train', 'test')
    ]
    samples = []
    for folder in _folders(root, names):
        held_out = folder.name.endswith('_test')
        for image, labels in _pairs(folder):
            subject = _fasseg_person(image)
            split = 'val' if subject in FASSEG_VAL else 'train'
            samples.append(
                PartSample(
                    id=f'{folder.name.split("_")[0]}/{image.stem}',
                    image=image,
                    labels=labels,
                    split='test' if held_out else split,
                    subject=f'test {subject}' if held_out else subject,
                )
            )
    return samples


def _fasseg_person(image: Path) -> str:
    if found := re.fullmatch(r'personne(\d\d)\d{3}[+-]\d+[+-]\d+', image.stem):
        return f'person {found[1]}'
    if image.stem.isdigit():
        return f'frontal {int(image.stem):02}'
    raise InputError(
        f'{image} is not a photograph of FASSEG: they are named 12 or personne05147+0+15'
    )


def _folders(root: Path, names: tuple[str, ...] | list[str]) -> list[Path]:
    there = [root / name for name in names if (root / name / 'images').is_dir()]
    if not there:
        raise InputError(
            f'no face parts in {root}: it needs {names[0]}/images and {names[0]}/labels '
            f'(or {", ".join(names[1:])})'
        )
    return there


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Each image of ``images/`` and its file in ``labels/``, by name."""
    images = sorted(filter(has_image_name, (folder / 'images').iterdir()))
    if not images:
        raise InputError(f'no image in {folder / "images"}')
    pairs = [(path, folder / 'labels' / f'{path.stem}.png') for path in images]
    for image, labels in pairs:
        if not labels.is_file():
            raise InputError(f'{image} has no label image {labels}: add it, or remove '
                             'the image')  # fmt: skip
    return pairs


def read_labels(path: str | Path, parts: int, shape: tuple[int, ...]) -> np.ndarray:
    """Read a label image.

    Args:
        path: A gray or palette PNG whose values are labels.
        parts: The number of labels; 255 is ignored.
        shape: ``(H, W)`` of the photograph.

    Returns:
        ``(H, W)`` uint8.

    Raises:
        InputError: It cannot be read, is a colour image, has another size than the
            photograph or a value that is not a label.
    """
    labels = read_values(path, 'label image')
    if labels.shape != tuple(shape[:2]):
        raise InputError(
            f'{path} is {labels.shape[1]}x{labels.shape[0]}, its photograph '
            f'{shape[1]}x{shape[0]}: label images need the size of the photograph'
        )
    wrong = labels[(labels < 0) | ((labels >= parts) & (labels != IGNORED))]
    if wrong.size:
        raise InputError(
            f'{path} has the value {int(wrong[0])}: labels are 0 to {parts - 1}, and '
            f'{IGNORED} where unknown'
        )
    return labels.astype(np.uint8)


def write_labels(path: str | Path, mask: PartMask) -> None:
    """Write labels as a PNG with a palette: values are labels, colours the parts'.

    :func:`read_labels` reads it.

    Raises:
        InputError: It cannot be written.
    """
    image = Image.fromarray(mask.labels)
    image.putpalette([v for color in mask.scheme.colors for v in color])
    write_bytes(Path(path), encoded(image, 'PNG'))


def read_lapa_points(path: str | Path) -> np.ndarray:
    """Read ``landmarks/NAME.txt``: the number of points, then one line ``x y`` per point.

    Returns:
        ``(106, 2)`` pixels, 0-based.

    Raises:
        InputError: It cannot be read, or does not have 106 points.
    """
    try:
        text = read_text(path).removeprefix('\ufeff')
        rows = [line.split() for line in text.splitlines() if line.strip()]
        points = np.array(rows[1:], float)
        declared = int(rows[0][0])
    except InputError:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise InputError(f'{path} is not a landmark file of LaPa: {error}') from None
    if declared != LAPA_POINTS or points.shape != (LAPA_POINTS, 2):
        raise InputError(
            f'{path} has {len(points)} points and declares {declared}: LaPa has '
            f'{LAPA_POINTS}'
        )
    return checked_points(points, path)
