"""Which images train, and which validate and test: a patient is in one part only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample


def split_samples(
    samples: list[LandmarkSample], fractions: tuple[float, float], seed: int
) -> list[LandmarkSample]:
    """Give every sample a split, keeping all images of a subject together.

    Splits that the source names are kept. Samples without one go to train, val and
    test; where the source has a train part but no val part, val is taken out of train.

    Args:
        samples: As read.
        fractions: Share of subjects for ``(val, test)``.
        seed: The same seed and subjects give the same split.

    Raises:
        InputError: The source's own splits share a subject, or a part would be empty.
    """
    splits = {s.split for s in samples}
    if splits == {None}:
        samples = _deal(samples, {'val': fractions[0], 'test': fractions[1]}, seed)
    elif None in splits:
        n = sum(s.split is None for s in samples)
        raise InputError(
            f'{n} of {len(samples)} images name no split: give all or none'
        )
    elif 'val' not in splits and 'train' in splits:
        rest = [s for s in samples if s.split != 'train']
        train = [s for s in samples if s.split == 'train']
        samples = _deal(train, {'val': fractions[0]}, seed) + rest
    _refuse_shared_subjects(samples)
    return samples


def _deal(
    samples: list[LandmarkSample], shares: dict[str, float], seed: int
) -> list[LandmarkSample]:
    subjects = sorted({s.subject or s.id for s in samples})
    np.random.default_rng(seed).shuffle(subjects)
    part_of: dict[str, str] = {}
    for name, share in shares.items():
        count = round(share * len(subjects))
        if share > 0 and not 0 < count < len(subjects) - len(part_of):
            raise InputError(
                f'{len(subjects)} subjects are too few to set {share:.0%} apart as {name}'
            )
        part_of |= dict.fromkeys(subjects[len(part_of) :][:count], name)
    return [replace(s, split=part_of.get(s.subject or s.id, 'train')) for s in samples]


def _refuse_shared_subjects(samples: list[LandmarkSample]) -> None:
    where: dict[str, str | None] = {}
    for sample in samples:
        subject = sample.subject or sample.id
        if where.setdefault(subject, sample.split) != sample.split:
            raise InputError(
                f'patient {subject} is in both {where[subject]} and {sample.split}: '
                'a patient may be in one split only'
            )
