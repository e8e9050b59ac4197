import csv

import numpy as np
import pytest
from PIL import Image

from mmlandmark import PixelSpacing, Prediction
from mmlandmark.formats import read_csv
from mmlandmark.formats.points_csv import points_csv


def prediction(**known):
    return Prediction(
        points=np.array([[1.0, 2], [3, 4], [5, 1 / 3]]),
        scores=np.array([0.5, 0.6, 0.7]),
        names=('sella', '=nasion', 'porion'),
        **known,
    )


def test_what_is_known_has_a_column():
    text = points_csv(
        [
            prediction(
                spacing=PixelSpacing.square(0.5, 'PixelSpacing'),
                expected_errors=np.array([1.0, 4, 8]),
                median_expected_error=5.0,
            )
        ]
    )
    assert text == (
        'landmark,x,y,score,expected_error,expected_error_mm,low_confidence,'
        'pixel_spacing_y,pixel_spacing_x,pixel_spacing_source\n'
        'sella,1.0,2.0,0.5,1.0,0.5,False,0.5,0.5,PixelSpacing\n'
        "'=nasion,3.0,4.0,0.6,4.0,2.0,False,0.5,0.5,PixelSpacing\n"
        f'porion,5.0,{1 / 3},0.7,8.0,4.0,True,0.5,0.5,PixelSpacing\n'
    )


@pytest.mark.parametrize(('count', 'face'), [(0, []), (1, []), (2, ['face'])])
def test_several_faces_are_counted(count, face):
    rows = list(csv.reader(points_csv([prediction()] * count).splitlines()))
    assert rows[0] == [*face, 'landmark', 'x', 'y', 'score']
    assert len(rows) == 1 + 3 * count


def test_the_table_with_its_spacing_is_read_back(tmp_path):
    found = prediction(spacing=PixelSpacing(0.2, 0.1))
    text = points_csv([found])
    head, *rows = text.splitlines()
    lines = [f'image,{head}', *(f'a.png,{row}' for row in rows)]
    (tmp_path / 'points.csv').write_text('\n'.join(lines))
    Image.new('L', (20, 10)).save(tmp_path / 'a.png')
    table = read_csv(tmp_path / 'points.csv')
    np.testing.assert_array_equal(table.samples[0].points, found.points)
