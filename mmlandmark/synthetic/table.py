"""A table of synthetic heads in the layout of the profile-photograph data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .head import draw_head_and_depth

if TYPE_CHECKING:
    import pandas

# Landmark ids to the names of the photograph set, in the order of its columns.
_COLUMNS = {
    'sella': 'sella', 'nasion': 'nasion', 'a_point': 'A point', 'b_point': 'B point',
    'upper_incisor_tip': 'upper 1 tip', 'upper_incisor_apex': 'upper 1 apex',
    'lower_incisor_tip': 'lower 1 tip', 'lower_incisor_apex': 'lower 1 apex',
    'ans': 'ANS', 'pns': 'PNS', 'gonion': 'Gonion', 'menton': 'Menton',
    'soft_nasion': 'ST Nasion', 'pronasale': 'Tip of the nose',
    'subnasale': 'Subnasal', 'upper_lip': 'Upper lip', 'lower_lip': 'Lower lip',
    'soft_pogonion': 'ST Pogonion', 'gnathion': 'gnathion',
}  # fmt: skip
#: The 19 landmarks of the profile photographs.
PHOTO19: tuple[str, ...] = tuple(_COLUMNS)


def photo_frame(count: int, seed: int = 0) -> pandas.DataFrame:
    """Draw heads into a table in the layout of the profile-photograph data set.

    Args:
        count: Number of rows; row i is head i of `draw_heads(count, seed)`.
        seed: Non-negative seed of the heads and of the split.

    Returns:
        Columns patient_id, Image ((224 * 224, 3) uint8 RGB, row by row), depth_feature
        ((224, 224) float32 in 0..1), set (train, dev or test), class (1, 2, 3) and
        '<name>_x', '<name>_y' (0-based pixels) for the 19 points of `PHOTO19`.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas as pd  # imported here, as mmlandmark-lite does not require it
    except ImportError:
        raise InputError(
            'drawn heads are written by pandas: pip install mmlandmark'
        ) from None
    sets = _split(count, seed)
    return pd.DataFrame([_row(index, seed, part) for index, part in enumerate(sets)])


def _split(count: int, seed: int) -> list[str]:
    """70 % of the rows for training, 10 % for development, the rest for testing."""
    train, dev = round(0.7 * count), round(0.1 * count)
    sets = np.repeat(['train', 'dev', 'test'], [train, dev, count - train - dev])
    np.random.default_rng([seed, count]).shuffle(sets)
    return sets.tolist()


def _row(index: int, seed: int, part: str) -> dict[str, object]:
    head, depth = draw_head_and_depth(np.random.default_rng([seed, index]), 224)
    row: dict[str, object] = {'patient_id': index, 'Image': head.image.reshape(-1, 3)}
    row |= {'depth_feature': depth, 'set': part, 'class': head.skeletal_class}
    for point, column in _COLUMNS.items():
        row[f'{column}_x'], row[f'{column}_y'] = head.points[point]
    return row
