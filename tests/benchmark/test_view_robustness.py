from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from mmlandmark.benchmark.view_robustness import (
    MM,
    PERCENT,
    AnnotatedImage,
    annotated_images,
    measure_changes,
)
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
    rows = list(measure_changes(lambda image: [next(found)], images, changes=changes))
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
    _, cut = measure_changes(lambda image: [next(found)], images, changes=changes)
    assert cut['MRE_mm'] == pytest.approx(3)  # 6 pixels of the second point


def test_refused_images_are_counted(images):
    changes = {'unchanged': RADIOGRAPH_CHANGES['unchanged']}
    (row,) = measure_changes(lambda image: [], images, changes=changes)
    assert (row['images'], row['refused']) == (1, 1)
    assert np.isnan(row['MRE_mm'])


def test_wrong_points_without_a_flag_are_counted(images):
    cut = RADIOGRAPH_CHANGES['unchanged']
    # of 0.5 mm per pixel: 12 mm off without a flag, and with one
    points = TRUTH + np.array([[24, 0], [0, 24]])
    flagged = replace(predicted(points), flags=(None, True))
    (row,) = measure_changes(lambda image: [flagged], images, changes={'cut': cut})
    assert row['unflagged'] == 1
    flagged = replace(
        predicted(TRUTH + np.array([[19, 0], [0, 0]])), flags=(None, True)
    )
    (row,) = measure_changes(lambda image: [flagged], images, changes={'cut': cut})
    assert row['unflagged'] == 0


def test_unflagged_points_outside_of_the_image_are_counted(images):
    found = replace(predicted([[10, 45], [30, 28]]), flags=(None, None))
    # the first point is above of the cut image, where another structure is taken for it
    cut = {'cut': RADIOGRAPH_CHANGES['top 20 % cut']}
    image = replace(images[0], points=np.array([[10, 5], [30, 40]], float))
    (row,) = measure_changes(lambda image: [found], [image], changes=cut)
    assert (row['unflagged'], row['worst_mm']) == (1, 0)


def test_without_expected_errors_no_point_is_unflagged(images):
    changes = {'unchanged': RADIOGRAPH_CHANGES['unchanged']}
    (row,) = measure_changes(
        lambda image: [predicted(TRUTH + 30)], images, changes=changes
    )
    assert np.isnan(row['unflagged'])


@pytest.mark.parametrize(
    ('spacings', 'unit', 'scale'),
    [
        ([(0.1, 0.2)] * 2, MM, (0.2, 0.1)),
        # of an image of 50x60 pixels
        ([(0.1, 0.2), None], PERCENT, (100 / 60, 100 / 60)),
    ],
)
def test_the_unit_of_images(images, monkeypatch, spacings, unit, scale):
    class Data(list):
        get_data_info = list.__getitem__

    infos = [
        dict(img_path=images[0].path, keypoints=TRUTH[None], spacing=spacing,
             keypoints_visible=np.ones((1, 2)))
        for spacing in spacings
    ]  # fmt: skip
    monkeypatch.setattr(
        'mmlandmark.benchmark.view_robustness.DATASETS',
        SimpleNamespace(build=lambda _: Data(infos)),
    )
    config = Config(dict(test_dataloader=dict(dataset=dict(type='any'))))
    found, used = annotated_images(config)
    assert used == unit
    np.testing.assert_allclose(found[0].scale, scale)


def test_errors_in_percent(images):
    image = replace(images[0], scale=np.full(2, 2.0))
    changes = {'unchanged': RADIOGRAPH_CHANGES['unchanged']}
    (row,) = measure_changes(
        lambda _: [predicted(TRUTH + np.array([1, 0]))], [image], PERCENT, changes
    )
    assert (row['MRE_%'], row['SDR@1%'], row['worst_%']) == (2, 0, 2)
