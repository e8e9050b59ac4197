import json

import numpy as np
import pytest

from mmlandmark import InputError, Prediction
from mmlandmark.formats import read_coco
from mmlandmark.schemes import scheme_from_names

NAMES = ('sella', 'nasion', 'porion')


def prediction(**kwargs):
    return Prediction(
        points=np.array([[1.0, 2], [3, 4], [5, 6]]),
        scores=np.array([0.5, 0.6, 0.7]),
        names=NAMES,
        labels=('S', 'N', 'Po'),
        box=(0, 0, 99, 99),
        **kwargs,
    )


ERRORS = dict(expected_errors=np.array([1.0, 12, 20]), median_expected_error=5.0)


@pytest.mark.parametrize(
    ('known', 'keys', 'last'),
    [
        ({}, {'score'}, {}),
        (dict(spacing=(0.1, 0.1)), {'score'}, {}),
        (
            ERRORS,
            {'score', 'expected_error', 'low_confidence'},
            dict(low_confidence=True),
        ),
        (
            # 0.15 mm a pixel in the mean of both ways
            dict(spacing=(0.1, 0.2), **ERRORS),
            {'score', 'expected_error', 'expected_error_mm', 'low_confidence'},
            dict(expected_error=20, expected_error_mm=3, low_confidence=True),
        ),
    ],
)
def test_plain_values_hold_what_is_known(known, keys, last):
    points = prediction(**known).to_dict()['points']
    assert [set(point) for point in points] == [{'name', 'x', 'y'} | keys] * 3
    assert points[2].items() >= last.items()


@pytest.mark.parametrize(
    ('known', 'limits', 'low_confidence'),
    [
        ({}, {}, None),
        (dict(spacing=(0.1, 0.1)), {}, None),
        (ERRORS, {}, [False, True, True]),  # above twice the usual 5 px
        (ERRORS, dict(mm=0.01, times=3), [False, False, True]),
        (dict(spacing=(0.1, 0.1), **ERRORS), {}, [False, False, False]),  # 2 is not > 2
        (dict(spacing=(0.1, 0.1), **ERRORS), dict(mm=1), [False, True, True]),
    ],
)
def test_doubtful_points(known, limits, low_confidence):
    found = prediction(**known).low_confidence(**limits)
    assert (found if found is None else found.tolist()) == low_confidence


def test_csv(tmp_path):
    found = prediction(spacing=(0.1, 0.1), **ERRORS)
    text = found.to_csv(tmp_path / 'a.csv')
    assert text == (
        'landmark,x,y,score,expected_error,expected_error_mm,doubtful\n'
        'sella,1.0,2.0,0.5,1.0,0.1,False\n'
        'nasion,3.0,4.0,0.6,12.0,1.2,False\n'
        'porion,5.0,6.0,0.7,20.0,2.0,False\n'
    )
    assert (tmp_path / 'a.csv').read_text() == text
    assert prediction().to_csv().splitlines()[0] == 'landmark,x,y,score'
    with pytest.raises(InputError, match='cannot be written'):
        found.to_csv(tmp_path / 'none' / 'a.csv')


def test_coco_is_read_back(tmp_path):
    found = prediction(spacing=(0.1, 0.2), size=(120, 90), skeleton=((0, 2),))
    values = found.to_coco('a.png', image_id=7)
    (tmp_path / 'points.json').write_text(json.dumps(values))
    scheme = scheme_from_names('three', list(NAMES))
    (sample,) = read_coco(tmp_path / 'points.json', scheme)
    np.testing.assert_allclose(sample.points, found.points)
    assert sample.spacing == (0.1, 0.2)
    assert sample.box == (0, 0, 99, 99)
    assert values['images'][0] | dict(id=7, width=120, height=90) == values['images'][0]
    assert values['categories'][0]['skeleton'] == [[1, 3]]  # counted from 1
    assert values['annotations'][0]['score'] == 0.6
    assert values['categories'][0]['name'] == 'landmarks'


def test_where_the_spacing_is_from_is_said():
    known = dict(spacing=(0.1, 0.1), spacing_source='PixelSpacing')
    assert prediction(**known).to_dict()['spacing_source'] == 'PixelSpacing'
    assert 'spacing_source' not in prediction().to_dict()


def test_points_are_drawn_in_red_green_and_blue():
    image = np.zeros((900, 900), np.uint8)
    drawn = prediction().draw(image)
    assert drawn.shape == (900, 900, 3)
    assert drawn[2, 1].tolist() == [80, 255, 80]
    # 12 and 20 pixels are more than twice the usual 5: amber, as RGB
    ringed = prediction(**ERRORS).draw(image).reshape(-1, 3)
    assert ((ringed == (255, 190, 0)).all(axis=1)).any()
