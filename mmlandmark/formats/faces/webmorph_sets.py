"""The face sets of webmorphR.stim, with a split by set and person.

Folders of WebMorph templates: ``neutral_front`` (Face Research Lab London), ``3dsk``,
``canada``, ``composite``. DeBruine, webmorphR.stim; most of its sets are CC BY 4.0.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...schemes import WEBMORPH189
from ...schemes.webmorph import FACE_WITHOUT_HAIR
from ...structures.sample import LandmarkSample, ReadReport
from ..webmorph import read_webmorph

#: Folder to its part. Composites are means of several faces, so they are of no person.
PARTS = {'canada': 'test', 'composite': 'composite'}


def read_webmorph_sets(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the templates in the folders of the sets.

    Args:
        root: The folder of the sets.
        report: Collects the templates that cannot be read; without it the first raises.

    Returns:
        One sample per template: ``(189, 2)`` points, 0-based pixels; ``box`` the tight box
        of the eyebrows, the sides of the face and the jaw, which is nearly that of the 68
        points of 300-W; ``split`` ``'test'`` for ``canada``, whose photographs are of
        another studio, ``'composite'`` for ``composite``, else ``'train'``.

    Raises:
        InputError: No template, or a bad one and ``report`` is None.
    """
    samples = read_webmorph(root, WEBMORPH189, report)
    return [_placed(sample, Path(root)) for sample in samples]


def _placed(sample: LandmarkSample, root: Path) -> LandmarkSample:
    folder = Path(str(sample.image)).relative_to(root).parts[0]
    points = sample.points[list(FACE_WITHOUT_HAIR)]
    x1, y1 = points.min(axis=0).tolist()
    x2, y2 = points.max(axis=0).tolist()
    part = PARTS.get(folder, 'train')
    return replace(sample, split=part, box=(x1, y1, x2, y2))
