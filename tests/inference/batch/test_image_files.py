import csv
import json

import numpy as np
import pytest

from mmlandmark.formats.points_json import read_points
from mmlandmark.inference.batch.image_files import count_low_confidence, write_files
from mmlandmark.schemes import Scheme
from mmlandmark.structures.prediction import Prediction
from mmlandmark.visualization.prediction import draw_predictions_bgr

SCHEME = Scheme('two', ('a', 'b'), ('', ''))


def prediction(*points, errors=None):
    return Prediction(
        np.array(points, float),
        np.ones(2),
        SCHEME.points,
        SCHEME.labels,
        (0.0, 0.0, 9.0, 9.0),
        expected_errors=None if errors is None else np.array(errors, float),
        median_expected_error=1.0,
    )


@pytest.mark.parametrize(
    ('errors', 'count'), [(None, None), ((1, 2), 0), ((1, 2.5), 1), ((3, 9), 2)]
)
def test_doubtful_is_above_twice_the_usual(errors, count):
    found = [prediction((1, 2), (3, 4), errors=errors).to_dict()]
    assert count_low_confidence(found) == count


def test_no_prediction_has_no_doubtful_point():
    assert count_low_confidence([]) is None


def test_every_head_of_a_small_picture_is_drawn_in_its_place():
    """100 pixels become 800; 8 times (x + 0.5) - 0.5 is the place of a point."""
    image = np.zeros((50, 100, 3), np.uint8)
    heads = [prediction((10, 10), (20, 10)), prediction((80, 40), (90, 40))]
    canvas = draw_predictions_bgr(image, heads)
    assert canvas.shape == (400, 800, 3)
    for head in heads:
        for x, y in head.points:
            place = round(8 * (y + 0.5) - 0.5), round(8 * (x + 0.5) - 0.5)
            assert tuple(canvas[place]) == (80, 255, 80)
    assert not image.any()


@pytest.mark.parametrize(
    ('count', 'columns'),
    [
        (0, ['landmark', 'x', 'y', 'score']),
        (1, ['landmark', 'x', 'y', 'score']),
        (2, ['face', 'landmark', 'x', 'y', 'score']),
    ],
)
def test_faces_are_counted_where_there_are_two(tmp_path, count, columns):
    found = [prediction((1, 2), (3, 4))] * count
    write_files(tmp_path, 'a', 'in/a.png', found, np.zeros((9, 9, 3), np.uint8), 2)
    with (tmp_path / 'a.csv').open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == columns
    assert len(rows) == 1 + 2 * count
    assert (tmp_path / 'a_overlay.png').is_file()


def test_the_points_file_has_a_version(tmp_path):
    found = [prediction((1, 2), (3, 4))]
    write_files(tmp_path, 'a', 'in/a.png', found, np.zeros((9, 9, 3), np.uint8), 2)
    values = json.loads((tmp_path / 'a.json').read_text())
    assert list(values) == ['schema_version', 'image', 'predictions']
    assert values['schema_version'] == 1
    assert read_points(tmp_path / 'a.json').points.tolist() == [[1, 2], [3, 4]]
