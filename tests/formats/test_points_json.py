import json

import numpy as np
import pytest

from mmlandmark import InputError, PixelSpacing, Prediction
from mmlandmark.formats.points_json import read_points


def test_reads_what_a_prediction_writes(tmp_path):
    prediction = Prediction(
        np.array([[1.123456789, 2], [3, 4]]),
        np.ones(2),
        ('Sella', 'Something else'),
        ('S', '?'),
        (0, 0, 9, 9),
        spacing=PixelSpacing(0.1, 0.2, 'PixelSpacing'),
        expected_errors=np.array([5.0, 30]),
    )
    path = tmp_path / 'one.json'
    values = prediction.to_dict()
    values['points'][1]['low_confidence'] = True
    path.write_text(json.dumps(values))
    found = read_points(path)
    np.testing.assert_array_equal(found.points, [[1.123456789, 2], [3, 4]])
    np.testing.assert_array_equal(found.expected_errors, [5, 30])
    assert found.low_confidence().tolist() == [False, True]
    assert found.spacing == PixelSpacing(0.1, 0.2, 'PixelSpacing')
    path.write_text(json.dumps(dict(image='a.png', predictions=[values])))
    np.testing.assert_array_equal(read_points(path).points, found.points)


def test_a_table_is_not_a_points_file(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text('landmark,x,y\nSella,1,2\n')
    with pytest.raises(InputError, match=r'give the \.json file of one image'):
        read_points(path)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'is not readable JSON'),
        ('[' * 10**5, 'is nested too deeply'),
        ('{"x":' * 10**5, 'is nested too deeply'),
        ('[]', 'is not a points file: a prediction is an object'),
        ('{"predictions": []}', '0 heads, one is needed'),
        ('{"predictions": 5}', 'no list of heads'),
        ('{"predictions": [[]]}', 'a prediction is an object'),
        ('{"points": []}', 'there is no point in it'),
        (
            '{"points": [{"name": "Sella", "x": "left", "y": 1}]}',
            "x of Sella is 'left'",
        ),
        ('{"points": [{"x": 1, "y": 1}]}', 'name of point 1 is None'),
        (
            '{"points": [{"name": "S", "x": ' + '9' * 400 + ', "y": 1}]}',
            'an integer of more than 20 digits',
        ),
        (
            '{"points": [{"name": "A point", "x": 1, "y": 1}, '
            '{"name": "Subspinale", "x": 1, "y": 1}]}',
            "'A point' and 'Subspinale' are the same point",
        ),
        (
            '{"points": [{"name": "S", "x": 1, "y": 1}], '
            '"spacing": {"sy": 0, "sx": 1, "source": "x"}}',
            'two positive',
        ),
        (
            '{"points": [{"name": "S", "x": 1, "y": 1, "expected_error": -1}]}',
            'below zero',
        ),
    ],
)
def test_a_bad_file_is_one_line_that_names_it(tmp_path, text, message):
    path = tmp_path / 'bad.json'
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_points(path)
    assert 'bad.json' in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_file(tmp_path):
    with pytest.raises(InputError, match='no points file'):
        read_points(tmp_path / 'none.json')
