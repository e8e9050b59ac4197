"""What occlusion costs face parts: drawn occluders, and faces that are listed."""

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
    """A test with a disc over a share of each face; see ``Occlude``.

    What is under the disc is not measured, with the disc or without it, so that both rows
    are of the same pixels.

    Returns:
        Three rows: the faces as they are, covered, and the difference.
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
    return _with_drop(f'uncovered, beside {name}', rows[0], name, rows[1])


def listed_rows(errors: PartErrors, path: Path) -> list[dict]:
    """Photographs that a file lists, an id a line, beside the others.

    Raises:
        InputError: An id that was not tested, or all or none are listed.
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
    return _with_drop(
        f'{len(others)} not in {path.name}',
        errors.part(others).metrics(),
        f'{len(set(listed))} in {path.name}',
        errors.part(listed).metrics(),
    )


def _with_drop(name: str, usual: dict, other: str, hard: dict) -> list[dict]:
    drop = {key: hard[key] - usual[key] for key in usual}
    return [{'': name, **usual}, {'': other, **hard}, {'': 'difference', **drop}]
