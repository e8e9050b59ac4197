"""Grouped random splits: all images of a subject are in the same split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample


def split_samples(
    samples: list[LandmarkSample], fractions: tuple[float, float], seed: int
) -> list[LandmarkSample]:
    """Give every sample a split such that no subject is in two splits.

    Splits in the source are kept. Samples without splits are divided at random into
    train, val and test; where the source has train but no val, val is drawn from train.

    Args:
        samples: All samples of a data set; a sample without subject is its own subject.
        fractions: Fractions of the subjects for ``(val, test)``.
        seed: The same seed and subjects give the same split.

    Returns:
        Copies of the samples with ``split`` set.

    Raises:
        InputError: Two splits of the source share a subject, only some samples have a
            split, or a split would be empty.
    """
    splits = {s.split for s in samples}
    if splits == {None}:
        samples = _draw(samples, {'val': fractions[0], 'test': fractions[1]}, seed)
    elif None in splits:
        n = sum(s.split is None for s in samples)
        raise InputError(
            f'{n} of {len(samples)} images have no split: give one for all or for none'
        )
    elif 'val' not in splits and 'train' in splits:
        rest = [s for s in samples if s.split != 'train']
        train = [s for s in samples if s.split == 'train']
        samples = _draw(train, {'val': fractions[0]}, seed) + rest
    _refuse_shared_subjects(samples)
    return samples


def _draw(
    samples: list[LandmarkSample], shares: dict[str, float], seed: int
) -> list[LandmarkSample]:
    subjects = sorted({s.subject or s.id for s in samples})
    np.random.default_rng(seed).shuffle(subjects)
    part_of: dict[str, str] = {}
    for name, share in shares.items():
        count = round(share * len(subjects))
        if share > 0 and not 0 < count < len(subjects) - len(part_of):
            raise InputError(
                f'{len(subjects)} subjects are too few for {share:.0%} of them in {name}'
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
                'give all images of a patient one split'
            )
