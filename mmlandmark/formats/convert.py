"""Converts annotations from one format to another, and reports what is lost."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from .common.writing import Names
from .losses import losses
from .registry import Format


@dataclass
class Conversion:
    """The result of a conversion.

    Attributes:
        scheme: The points.
        samples: The heads that were written.
        names: Each image, and its name relative to the folder of the written files.
        lost: One line per kind of data that the format cannot represent.
    """

    scheme: Scheme
    samples: list[LandmarkSample]
    names: Names
    lost: list[str]


def convert(
    src: Path,
    source: Format,
    out: Path,
    target: Format,
    report: ReadReport,
    scheme: Scheme | None = None,
    label: str = 'head',
    copy_images: bool = False,
) -> Conversion:
    """Read one format and write another.

    Args:
        src: The file or folder to read.
        source: Its format.
        out: The file, or for a format with a file per image the folder, to write; it must
            not exist. The folder of a file is made.
        target: Its format.
        report: Collects what cannot be read.
        scheme: The points; by default those that the source names.
        label: The name of a head in formats that need one.
        copy_images: Also copy the images to where the written files look for them.

    Raises:
        InputError: The source cannot be read, the target is only read or cannot hold the
            points, or ``out`` exists or has another ending.
    """
    check_target(out, target)
    points = scheme or source.scheme_of(src, name='custom')
    samples = source.read(src, points, report)
    if not samples:
        why = f'; the first: {report.skipped[0][1]}' if report.skipped else ''
        raise InputError(f'no points were read of {src}{why}')
    return write_samples(samples, points, out, target, label, copy_images)


def write_samples(
    samples: list[LandmarkSample],
    scheme: Scheme,
    out: Path,
    target: Format,
    label: str = 'head',
    copy_images: bool = False,
) -> Conversion:
    """Write samples in a format; see :func:`convert` for arguments and errors."""
    check_target(out, target)
    assert target.write is not None
    folder = out if target.folder else out.parent
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        names = target.write(out, samples, scheme, label)
    except (InputError, OSError):
        # a file that is not whole must not stay
        if target.folder and made:
            shutil.rmtree(folder, ignore_errors=True)
        elif not target.folder:
            out.unlink(missing_ok=True)
        raise
    if copy_images:
        _copy(names, folder)
    return Conversion(scheme, samples, names, losses(samples, target))


def check_target(out: Path, target: Format) -> None:
    """Check before any work whether ``out`` can be written.

    Raises:
        InputError: The format is only read, ``out`` exists or has another ending.
    """
    if target.write is None:
        raise InputError(
            f'{target.name} is read and not written: choose another format'
        )
    if target.folder:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError(
                f'{out} exists already: {target.name} needs a new folder, in which it '
                'writes a file per image'
            )
        return
    endings = {target.ending, '.csv'} if target.name == 'via' else {target.ending}
    if not out.name.lower().endswith(tuple(endings)):
        raise InputError(
            f'{out.name}: a file of {target.name} ends in {" or ".join(sorted(endings))}'
        )
    if out.exists():
        raise InputError(f'{out} exists already: give another file')


def _copy(names: Names, folder: Path) -> None:
    for path, name in names.items():
        target = folder / name
        if target.exists() and target.samefile(path):
            continue
        if target.exists():
            raise InputError(f'{target} exists already: give a new folder')
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
