"""The effect of occlusion on face parts, for drawn and for real occluders."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
import copy
from pathlib import Path

from mmengine.config import Config

from ...errors import InputError
from ..testing import measure
from .result import PartErrors


def occluded_rows(config: Config, checkpoint: str | Path, share: float) -> list[dict]:
    """Test with a disc over a part of each face; see the transform ``Occlude``.

    The pixels under the disc are not measured, with or without the disc, so both rows are
    of the same pixels.

    Args:
        config: A config of face parts.
        checkpoint: Its weights.
        share: Area of the disc relative to the face, 0 to 1.

    Returns:
        Three rows: the uncovered faces, the covered faces, and the difference.
    """
    rows = []
    for paint in (False, True):
        changed = copy.deepcopy(config)
        dataset = changed.test_dataloader.dataset
        steps = list(dataset.pipeline)
        place = [step['type'] for step in steps].index('LoadParts') + 1
        steps.insert(place, dict(type='Occlude', share=share, paint=paint))
        dataset.pipeline = steps
        errors = measure(changed, checkpoint).errors
        assert isinstance(errors, PartErrors)
        rows.append(errors.metrics())
    name = f'{100 * share:g} % covered'
    return _with_difference(f'uncovered, beside {name}', rows[0], name, rows[1])


def listed_rows(errors: PartErrors, path: Path) -> list[dict]:
    """Compare the photographs listed in a file with the others.

    Args:
        errors: Result of a test.
        path: A text file with one sample id per line.

    Returns:
        Three rows: the others, the listed photographs, and the difference.

    Raises:
        InputError: An id was not tested, or all or none of the photographs are listed.
    """
    lines = path.read_text(encoding='utf-8').split('\n')
    listed = [line.strip() for line in lines if line.strip()]
    if unknown := sorted(set(listed) - set(errors.ids)):
        raise InputError(
            f'{path} lists {unknown[0]!r}, which was not tested: ids are such as '
            f'{errors.ids[0]!r}'
        )
    others = [name for name in errors.ids if name not in set(listed)]
    if not listed or not others:
        raise InputError(f'{path} lists {len(listed)} of {len(errors.ids)} photographs')
    return _with_difference(
        f'{len(others)} not in {path.name}',
        errors.subset(others).metrics(),
        f'{len(set(listed))} in {path.name}',
        errors.subset(listed).metrics(),
    )


def _with_difference(
    name: str, metrics: dict, occluded_name: str, occluded: dict
) -> list[dict]:
    difference = {key: occluded[key] - metrics[key] for key in metrics}
    return [
        {'': name, **metrics},
        {'': occluded_name, **occluded},
        {'': 'difference', **difference},
    ]
