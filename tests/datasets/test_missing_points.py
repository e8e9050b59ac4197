"""A point that is not there is missing, whatever says so, in training and in measuring."""

import numpy as np
import pytest
from PIL import Image

from mmlandmark.datasets import CSVKeypointDataset, FaceDataset
from mmlandmark.formats.common.points import checked_points


@pytest.mark.parametrize(
    ('x', 'y'),
    [('', ''), ('nan', 'NaN'), ('-1', '-1'), ('-5', '3'), ('3', '30'), ('40', '3')],
)
def test_of_a_table(tmp_path, x, y):
    lines = ['image,split,nose_x,nose_y,chin_x,chin_y']
    for name in 'abc':
        Image.new('L', (40, 30)).save(tmp_path / f'{name}.png')
        lines.append(f'{name}.png,train,{x},{y},39,29')
    (tmp_path / 'p.csv').write_text('\n'.join(lines))
    dataset = CSVKeypointDataset(
        data_root=str(tmp_path / 'p.csv'),
        split='train',
        box='image',
        fractions=(0, 0),
        serialize_data=False,
    )
    assert dataset[0]['keypoints_visible'].tolist() == [[0, 1]]
    assert dataset[0]['keypoints'].tolist() == [[[0, 0], [39, 29]]]


@pytest.mark.parametrize(
    ('text', 'visible'),
    [('nan nan', 0), ('0 0', 0), ('-1 -1', 0), ('-3 5', 1), ('20 45', 1), ('1 1', 1)],
)
def test_of_a_face(tmp_path, text, visible):
    """Its file counts from 1; points beyond one edge are of the protocol."""
    Image.new('L', (40, 30)).save(tmp_path / 'a.png')
    lines = [text, *(f'{5 + i % 20} {9 + i % 7}' for i in range(67))]
    body = '\n'.join(['version: 1', 'n_points: 68', '{', *lines, '}'])
    (tmp_path / 'a.pts').write_text(body)
    dataset = FaceDataset(
        layout='300w',
        data_root=str(tmp_path),
        split='train',
        fractions=(0, 0),
        serialize_data=False,
    )
    assert dataset[0]['keypoints_visible'][0].tolist() == [visible, *[1] * 67]


def test_half_a_point_is_refused():
    points = np.array([[1.0, 2], [np.nan, np.nan]])
    np.testing.assert_array_equal(checked_points(points), points)
    for bad, message in (
        ([[1, np.nan]], 'f: point 1 lacks a coordinate'),
        ([[1, 2], [np.inf, 2]], 'f: point 2 has a coordinate that is not finite'),
        ([[np.nan, np.nan]], 'f: no point is set'),
    ):
        with pytest.raises(ValueError, match=message):
            checked_points(np.array(bad), 'f')
