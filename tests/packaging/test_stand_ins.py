"""The replacement of xtcocotools; values computed by hand, and equal to the original's."""

import importlib.util
import json
import math

import numpy as np
import pytest
from tests_support import ROOT

FOLDER = ROOT / 'packaging' / 'xtcocotools' / 'xtcocotools'

#: Of both points: (2 sigma)^2 is 0.01, so with an area of 100 the exponent is d^2 / 2.
SIGMAS = np.array([0.05, 0.05])

#: The distance of a detection with this object keypoint similarity.
DISTANCE = math.sqrt(-2 * math.log(0.82))


def load(name):
    """A module of the replacement, also where the original is installed."""
    spec = importlib.util.spec_from_file_location(f'stand_in_{name}', FOLDER / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COCO = load('coco.py').COCO
COCOeval = load('cocoeval.py').COCOeval


def annotation(identity=1, x=20.0, visible=2, **more):
    """Two points, 10 pixels apart in both directions."""
    points = [x, 20.0, visible, x + 10, 30.0, visible]
    return dict(
        id=identity, image_id=1, category_id=1, keypoints=points, area=100.0,
        bbox=[x, 20.0, 10.0, 10.0], **more,
    )  # fmt: skip


def detection(x=20.0, score=0.9, of_points=1.0, by=0.0):
    points = [x + by, 20.0, of_points, x + 10 + by, 30.0, of_points]
    return dict(image_id=1, category_id=1, keypoints=points, score=score)


def average_precision(tmp_path, annotations, detections, **options):
    category = dict(id=1, name='pair', keypoints=['a', 'b'], skeleton=[])
    content = dict(
        images=[dict(id=1, width=99, height=99)],
        annotations=annotations,
        categories=[category],
    )
    (tmp_path / 'truth.json').write_text(json.dumps(content))
    (tmp_path / 'found.json').write_text(json.dumps(detections))
    truth = COCO(str(tmp_path / 'truth.json'))
    found = truth.loadRes(str(tmp_path / 'found.json'))
    evaluation = COCOeval(truth, found, 'keypoints', SIGMAS, **options)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[0]


@pytest.mark.parametrize(
    ('annotations', 'detections', 'options', 'expected'),
    [
        # 0.82 passes the thresholds 0.5, 0.55 ... 0.8, which are 7 of 10
        ([annotation()], [detection(by=DISTANCE)], {}, 0.7),
        # the area is 53: exp(-0.397 / 1.06) = 0.688 passes 4
        ([annotation()], [detection(by=DISTANCE)], dict(use_area=False), 0.4),
        # pycocotools alone finds 0 for an annotation of the id 0
        ([annotation(identity=0)], [detection()], {}, 1.0),
        # what is visible counts, not num_keypoints
        ([annotation(num_keypoints=0)], [detection()], {}, 1.0),
        (
            [annotation(), annotation(2, x=60.0, visible=0, num_keypoints=2)],
            [detection()],
            {},
            1.0,
        ),
        # a detection without a point is left out, not a false positive
        ([annotation()], [detection(x=60.0, score=1, of_points=0), detection()], {}, 1),
        ([annotation()], [], {}, 0.0),
    ],
)
def test_average_precision(tmp_path, annotations, detections, options, expected):
    found = average_precision(tmp_path, annotations, detections, **options)
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_type_that_pycocotools_does_not_have_is_refused():
    with pytest.raises(NotImplementedError, match='keypoints_crowd'):
        COCOeval(iouType='keypoints_crowd')
