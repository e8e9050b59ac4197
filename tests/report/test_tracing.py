import json
from types import SimpleNamespace

import numpy as np
import pytest
from mmlandmark.report.tracing import facing_of, find_tracing, read_tracing

from mmlandmark import InputError
from mmlandmark.structures.prediction import Prediction


def written(tmp_path, points, **more):
    path = tmp_path / 'film.json'
    rows = [dict(name=name, x=x, y=y) for name, (x, y) in points.items()]
    found = dict(box=[0, 0, 9, 9], spacing=None, points=rows, **more)
    path.write_text(json.dumps(dict(image='film.png', predictions=[found])))
    return path


def test_reads_what_a_prediction_writes(tmp_path):
    prediction = Prediction(
        np.array([[1.5, 2], [3, 4]]),
        np.ones(2),
        ('Sella', 'Something else'),
        ('S', '?'),
        (0, 0, 9, 9),
        spacing=(0.1, 0.2),
        expected_errors=np.array([5.0, 30]),
    )
    path = tmp_path / 'one.json'
    values = prediction.to_dict()
    values['points'][1]['low_confidence'] = True
    path.write_text(json.dumps(values))
    tracing = read_tracing(path)
    np.testing.assert_allclose(tracing.points, [[1.5, 2], [3, 4]])
    np.testing.assert_allclose(tracing.expected_errors, [5, 30])
    assert tracing.low_confidence.tolist() == [False, True]
    assert tracing.spacing == (0.1, 0.2)
    assert tracing.labels == ('S', 'Something else')
    assert list(tracing.named()) == ['S']


def test_a_missing_point_is_nan(tmp_path):
    tracing = read_tracing(written(tmp_path, {'Sella': (None, None), 'Nasion': (1, 2)}))
    np.testing.assert_array_equal(np.isnan(tracing.points), [[True] * 2, [False] * 2])


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'is no JSON file of points'),
        ('[]', 'not what tools/inference.py writes'),
        ('{"predictions": []}', '0 heads, of which one is needed'),
        ('{"points": []}', 'there is no point in it'),
        (
            '{"points": [{"name": "Sella", "x": "left", "y": 1}]}',
            "x of Sella is 'left'",
        ),
        ('{"points": [{"x": 1, "y": 1}]}', 'not what tools/inference.py writes'),
        (
            '{"points": [{"name": "A point", "x": 1, "y": 1}, '
            '{"name": "Subspinale", "x": 1, "y": 1}]}',
            "'A point' and 'Subspinale' are the same point",
        ),
        (
            '{"points": [{"name": "S", "x": 1, "y": 1}], "spacing": [0, 1]}',
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
        read_tracing(path)
    assert 'bad.json' in str(caught.value)


class Detector:
    """Finds a bright spot; surer of it in the left half, as of heads that look right."""

    def __call__(self, image, spacing=None):
        y, x = np.argwhere(image == image.max())[0]
        errors = np.array([1.0 if x < image.shape[1] / 2 else 5.0])
        point = np.array([[x, y]], float)
        return [
            Prediction(
                point, np.ones(1), ('S',), ('S',), (0, 0, 1, 1), spacing, errors, 1.0
            )
        ]


@pytest.mark.parametrize('x', [3, 17])
def test_finds_a_head_whichever_way_it_looks(x):
    image = np.zeros((10, 21))
    image[4, x] = 1
    tracing = find_tracing(Detector(), image, spacing=(0.5, 0.5))
    np.testing.assert_array_equal(tracing.points, [[x, 4]])
    assert tracing.expected_errors == [1]
    assert not tracing.low_confidence.any()
    forced = find_tracing(Detector(), image, 'right' if x == 17 else 'left')
    np.testing.assert_array_equal(forced.points, [[x, 4]])
    assert forced.expected_errors == [5]
    assert forced.low_confidence.all()  # five times the usual


def test_finds_nothing():
    with pytest.raises(InputError, match='finds no head'):
        find_tracing(lambda image, spacing: [], np.zeros((4, 4)), 'right')


def test_facing():
    head = SimpleNamespace(named=lambda: dict(S=np.array([9, 0]), N=np.array([2, 0])))
    assert facing_of(head, None) == 'left'
    assert facing_of(head, 'right') == 'right'
    head = SimpleNamespace(named=lambda: dict(S=np.array([9, 0]), Go=np.array([2, 0])))
    with pytest.raises(InputError, match='--facing left or right'):
        facing_of(head, None)  # neither lies in front of the other
