"""Benchmark cases that read annotation files, and the generated files that they read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from ..formats.registry import get_format
from ..schemes import ISBI19
from ..structures.sample import LandmarkSample, ReadReport

#: Sides of the generated images, pixels.
SIZE = (100, 80)


def generated(folder: Path, formats: list[str], count: int) -> dict[str, Path]:
    """Write one annotation of the 19 points of ISBI 2015 for each of many images.

    Args:
        folder: An empty folder, in which each format gets its own.
        formats: Names of formats that are written.
        count: Number of images; equal files, which are linked where the disk can.

    Returns:
        The file or folder to read of each format.
    """
    (folder / 'images').mkdir()
    samples = _samples(folder / 'images', count)
    found = {}
    for name in formats:
        fmt = get_format(name)
        out = folder / name / ('' if fmt.folder else f'labels{fmt.ending}')
        (out if fmt.folder else out.parent).mkdir()
        assert fmt.write is not None
        for path, image in fmt.write(out, samples, ISBI19, 'head').items():
            target = folder / name / image
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(path, target)
        found[name] = out
    return found


def _samples(folder: Path, count: int) -> list[LandmarkSample]:
    random = np.random.default_rng(0)
    first = folder / '0.png'
    Image.fromarray(random.integers(0, 256, SIZE[::-1], np.uint8)).save(first)
    samples = []
    for number in range(count):
        path = folder / f'{number}.png'
        if number:
            _link(first, path)
        points = random.uniform(0, np.subtract(SIZE, 1), (len(ISBI19), 2)).round(3)
        box = (0.0, 0.0, float(SIZE[0]), float(SIZE[1]))
        samples.append(
            LandmarkSample(str(number), path, points, split='train', box=box)
        )
    return samples


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a disk without links, or a file with its largest number of them
        shutil.copyfile(source, target)


def reading(name: str, path: Path, count: int) -> Callable[[], float]:
    """A step that reads a file and returns the seconds of processor time.

    Args:
        name: The name of its format.
        path: The file or folder.
        count: The number of its annotations.
    """
    fmt = get_format(name)

    def step() -> float:
        start = time.process_time()
        report = ReadReport()
        samples = fmt.read(path, fmt.scheme_of(path), report)
        if len(samples) != count:
            raise InputError(f'{len(samples)} of {count} annotations were read')
        return time.process_time() - start

    return step
