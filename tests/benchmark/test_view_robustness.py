import cv2
import numpy as np
import pytest

from mmlandmark.benchmark.view_robustness import AnnotatedImage, measure_changes
from mmlandmark.evaluation.image_changes import RADIOGRAPH_CHANGES
from mmlandmark.structures.prediction import Prediction

TRUTH = np.array([[10, 20], [30, 40]], float)


@pytest.fixture
def images(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), np.zeros((60, 50, 3), np.uint8))
    return [AnnotatedImage(str(path), TRUTH, np.array([0.5, 0.5]))]


def predicted(points):
    return Prediction(np.array(points, float), np.ones(2), ('a', 'b'))


def test_errors_are_those_of_the_original_in_mm(images):
    changes = {k: RADIOGRAPH_CHANGES[k] for k in ('unchanged', 'half the size')}
    found = iter(
        # 4 and 0 pixels, that is 2 and 0 mm; then 2 pixels of half the size: 2 and 0 mm
        [predicted([[14, 20], [30, 40]]), predicted([[6.75, 9.75], [14.75, 19.75]])]
    )
    rows = list(measure_changes(lambda image: [next(found)], images, changes))
    assert [row['MRE_mm'] for row in rows] == pytest.approx([1, 1])
    assert [row['SDR@2mm'] for row in rows] == pytest.approx([100, 100])
    assert [row['times'] for row in rows] == pytest.approx([1, 1])
    assert [row['worst_mm'] for row in rows] == pytest.approx([1, 1])


def test_points_that_were_cut_off_are_not_counted(images):
    changes = {k: RADIOGRAPH_CHANGES[k] for k in ('unchanged', 'top 20 % cut')}
    changes['top 20 % cut'] = lambda image, random: (
        image[25:],
        np.array([[1, 0, 0], [0, 1, -25], [0, 0, 1.0]]),
    )
    found = iter([predicted(TRUTH), predicted([[99, 99], [36, 15]])])
    _, cut = measure_changes(lambda image: [next(found)], images, changes)
    assert cut['MRE_mm'] == pytest.approx(3)  # 6 pixels of the second point


def test_refused_images_are_counted(images):
    changes = {'unchanged': RADIOGRAPH_CHANGES['unchanged']}
    (row,) = measure_changes(lambda image: [], images, changes)
    assert (row['images'], row['refused']) == (1, 1)
    assert np.isnan(row['MRE_mm'])
