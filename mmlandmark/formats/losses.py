"""Lists the data of samples that a format cannot represent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..structures.coco import IMAGE_EXTRAS
from ..structures.sample import LandmarkSample
from ..utils.plain_text import counted
from .common.image_names import image_id_of
from .registry import CAPABILITIES, Format


def used_by(samples: Sequence[LandmarkSample]) -> dict[str, int]:
    """The keys of :data:`CAPABILITIES` that samples need, with the number of them."""
    images = {str(s.image) for s in samples if isinstance(s.image, Path)}
    counts = {
        'names': int(bool(samples)),
        'missing': sum(int(np.isnan(s.points).any(axis=1).sum()) for s in samples),
        'occluded': sum(
            int(s.occluded.sum()) for s in samples if s.occluded is not None
        ),
        'boxes': sum(s.box is not None for s in samples),
        'spacing': sum(s.spacing is not None for s in samples),
        'heads': len(samples) - len(images) if images else 0,
        'annotators': sum('annotators' in s.extra for s in samples),
        'scores': sum('scores' in s.extra for s in samples),
        'subjects': sum(_has_subject(s) for s in samples),
        'splits': sum(s.split is not None for s in samples),
    }
    return {key: count for key, count in counts.items() if count}


def _has_subject(sample: LandmarkSample) -> bool:
    """Whether the subject is more than the name of the image."""
    if sample.subject is None or not isinstance(sample.image, Path):
        return sample.subject is not None
    own = (sample.id, sample.image.name, sample.image.stem)
    named = sample.image.as_posix().endswith('/' + sample.subject)
    return not named and sample.subject not in (*own, image_id_of(sample.image.name))


def losses(samples: Sequence[LandmarkSample], to: Format) -> list[str]:
    """One line per kind of data that the samples have and a format cannot represent."""
    lines = []
    for key, count in used_by(samples).items():
        if key not in to.carries:
            number = '' if key == 'names' else f' ({counted(count, "head")})'
            lines.append(f'lost in {to.name}: {CAPABILITIES[key]}{number}')
    kept = {'annotators', 'scores', 'lines', 'depth'}
    others = sorted({key for s in samples for key in s.extra if key not in kept})
    lines += [
        f'lost in {to.name}: {IMAGE_EXTRAS.get(key, f"{key!r} of the source")}'
        for key in others
        if to.name != 'coco' or key not in IMAGE_EXTRAS
    ]
    if to.name != 'webmorph' and any('lines' in s.extra for s in samples):
        lines.append(f'lost in {to.name}: the lines of the templates')
    if any('depth' in s.extra for s in samples):
        lines.append(f'lost in {to.name}: depth maps')
    if 'spacing' in to.carries and to.name == 'tps':
        odd = sum(bool(s.spacing and s.spacing.sy != s.spacing.sx) for s in samples)
        if odd:
            lines.append(
                f'lost in tps: pixels that are not square ({counted(odd, "head")})'
            )
    return lines
