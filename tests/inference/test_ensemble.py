"""The mean of several detectors, against values computed by hand."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from tests_support import ROOT, one_line_error, save_untrained

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.model_zoo import weights_file
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.calibration_file import write_calibration
from mmlandmark.inference.ensemble import averaged
from mmlandmark.schemes import PHOTO19
from mmlandmark.structures.error_regions import ErrorRegions
from mmlandmark.structures.head_view import HeadView
from mmlandmark.structures.prediction import Prediction

PICTURE = ROOT / 'tests' / 'data' / 'head.png'

NAMES = ('a', 'b', 'c')
SQUARE = np.array([[0.0, 0], [100, 0], [100, 100]])


def prediction(shift=(0, 0), errors=None, score=0.5, **more):
    """Points of a box of 100x100 px."""
    return Prediction(
        SQUARE + shift,
        np.full(3, score),
        NAMES,
        box=(0.0, 0.0, 99.0, 99.0),
        expected_errors=None if errors is None else np.array(errors, float),
        median_expected_error=None if errors is None else float(np.median(errors)),
        **more,
    )


def test_weights_are_the_inverse_variances():
    """Errors of 1 and 2 px give weights of 1 / (1 + 1/4) = 0.8 and 0.2."""
    one, two = prediction((0, 0), [1, 1, 1]), prediction((1, 0), [2, 2, 2], 0.7)
    mean = averaged([one, two])
    np.testing.assert_allclose(mean.points, np.add(SQUARE, (0.2, 0)))
    # 0.8 * 1 + 0.2 * 2: no smaller than sqrt(0.8**2 + 0.4**2) = 0.89 of independent ones
    np.testing.assert_allclose(mean.expected_errors, 1.2)
    assert mean.median_expected_error == pytest.approx(1.2)
    np.testing.assert_allclose(mean.scores, 0.6)
    assert (mean.box, mean.flags) == (one.box, None)


@pytest.mark.parametrize('errors', [[1, 1], [1, 2], [0.5, 3], [1, 2, 4], [2, 2, 2]])
def test_the_expected_error_is_between_the_best_and_that_of_independent_ones(errors):
    mean = averaged([prediction(errors=[error] * 3) for error in errors])
    independent = np.sum(1 / np.square(errors)) ** -0.5
    assert independent < mean.expected_errors[0] <= max(errors)
    assert mean.expected_errors[0] >= min(errors)


def test_contradicting_points_raise_the_expected_error():
    """6 px apart, both expect an error of 1 px: 3 px from the mean."""
    mean = averaged([prediction((0, 0), [1] * 3), prediction((0, 6), [1] * 3)])
    np.testing.assert_allclose(mean.points, np.add(SQUARE, (0, 3)))
    np.testing.assert_allclose(mean.expected_errors, 3)


def test_plain_mean_without_expected_errors():
    mean = averaged([prediction((0, 0), [1] * 3), prediction((2, 4))])
    np.testing.assert_allclose(mean.points, np.add(SQUARE, (1, 2)))
    assert (mean.expected_errors, mean.median_expected_error) == (None, None)
    # one point without an error: the plain mean for it, the weighted one for the others
    some = averaged([prediction(errors=[np.nan, 1, 1]), prediction((5, 0), [2, 2, 2])])
    np.testing.assert_allclose(some.points - SQUARE, [[2.5, 0], [1, 0], [1, 0]])
    np.testing.assert_allclose(some.expected_errors, [np.nan, 8 / 5, 8 / 5])


def test_three_detectors_of_which_one_is_elsewhere():
    """It is left out, and every point is of low confidence."""
    lost = prediction((40, 0), [0.5] * 3)
    near = [prediction((0, 0), [1] * 3), prediction((0, 2), [1] * 3)]
    mean = averaged([lost, *near])
    np.testing.assert_allclose(mean.points, np.add(SQUARE, (0, 1)))
    assert mean.flags == (True, True, True)
    assert mean.low_confidence().all()


def test_of_two_that_contradict_one_another_the_surer_one_is_taken():
    sure, unsure = prediction((0, 0), [1] * 3), prediction((50, 0), [4] * 3)
    np.testing.assert_allclose(averaged([unsure, sure]).points, SQUARE)
    likely, unlikely = prediction(score=0.9), prediction((50, 0), score=0.3)
    mean = averaged([unlikely, likely])
    np.testing.assert_allclose(mean.points, SQUARE)
    assert mean.low_confidence().all()


def test_detectors_that_find_nothing():
    one = prediction((1, 0), [1] * 3)
    assert averaged([None]) is None
    assert averaged([None, None, one]) is None
    assert averaged([None, one]).flags == (True, True, True)
    np.testing.assert_allclose(averaged([None, one]).points, one.points)
    assert averaged([one]) is one


def test_flags_depths_views_and_regions():
    regions = ErrorRegions((0.9,), dict.fromkeys(NAMES, (2.0,)), {}, 30)
    one = prediction(
        errors=[1] * 3,
        flags=(None, True, None),
        z=np.array([-1.0, 0, 1]),
        view=HeadView('right'),
        regions=regions,
    )
    two = replace(one, flags=None, z=np.array([-3.0, 1, 2]))
    mean = averaged([one, two])
    assert mean.flags == (None, True, None)
    np.testing.assert_allclose(mean.z, [-2, 0.5, 1.5])
    assert mean.view == HeadView('right')
    with pytest.raises(InputError, match='no error regions'):
        mean.region(0.9)


@pytest.fixture(scope='module')
def checkpoints(tiny_config, tmp_path_factory):
    """Two random networks, of which the first expects 2 and the second 4 px of input."""
    paths = []
    for seed in (0, 1):
        folder = tmp_path_factory.mktemp(f'weights{seed}')
        path = save_untrained(tiny_config, folder / f'tiny{seed}.pth', seed)
        error = 2.0 * (1 + seed)
        factors = dict.fromkeys(PHOTO19.points, 1.0)
        calibration = Calibration(error, 0.0, 0.0, factors, error)
        write_calibration(path, calibration, 'val.json', 30)
        paths.append(path)
    return paths


@pytest.fixture(scope='module')
def picture():
    return np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)


def test_a_list_of_detectors(tiny_config, checkpoints, picture, monkeypatch):
    import mmlandmark.inference.ensemble as module

    # untrained networks put their points anywhere
    monkeypatch.setattr(module, 'AGREEMENT', np.inf)
    alone = [LandmarkDetector(tiny_config, path, 'cpu') for path in checkpoints]
    both = LandmarkDetector([tiny_config] * 2, checkpoints, device='cpu')
    assert both.scheme.points == PHOTO19.points
    assert (both.calibrated, both.calibration) == (True, None)
    assert (both.backend, both.subject) == ('torch', 'lateral head')
    assert both.source['name'] == 'tiny0.pth + tiny1.pth'
    assert both.recipe not in [one.recipe for one in alone]
    boxes = [[0, 0, 119, 89], [20, 10, 100, 80]]
    found = both(picture, boxes, spacing=0.1)
    for number, mean in enumerate(found):
        one, two = (detector(picture, boxes)[number] for detector in alone)
        np.testing.assert_allclose(mean.points, 0.8 * one.points + 0.2 * two.points)
        np.testing.assert_allclose(mean.scores, (one.scores + two.scores) / 2)
        assert mean.spacing.mean == pytest.approx(0.1)
        assert mean.size == (120, 90)
        assert mean.box == tuple(boxes[number])
    again = pickle.loads(pickle.dumps(both))
    np.testing.assert_array_equal(again(picture, boxes)[0].points, found[0].points)
    assert (again.source, again.recipe) == (both.source, both.recipe)


def test_a_list_of_one_is_the_detector(tiny_config, checkpoints, picture):
    alone = LandmarkDetector(tiny_config, checkpoints[0], 'cpu')
    listed = LandmarkDetector([tiny_config], checkpoints[:1], 'cpu')
    assert (listed.source, listed.recipe) == (alone.source, alone.recipe)
    assert listed.calibration == alone.calibration
    (expected,), (found,) = alone(picture), listed(picture)
    np.testing.assert_array_equal(found.points, expected.points)


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        ([], 'no detector: give at least one name'),
        (['face68', 'ceph19'], 'face68 and ceph19 find different points'),
        (['ceph19', 'ceph19'], 'ceph19 is given twice'),
        (['ceph19', 'fasseg6'], 'fasseg6 predicts face parts: use FaceParser'),
    ],
)
def test_detectors_that_cannot_be_averaged(names, message):
    pytest.importorskip('onnxruntime')
    with pytest.raises(InputError, match=message):
        LandmarkDetector(names, device='cpu', backend='onnxruntime')


def test_a_checkpoint_for_each_detector(tiny_config, checkpoints):
    for given in (checkpoints[0], checkpoints[:1]):
        with pytest.raises(InputError, match='2 detectors need a list of as many'):
            LandmarkDetector([tiny_config] * 2, given)


def write_other_weights(path):
    """ceph19 with its largest matrix of weights enlarged by a tenth."""
    onnx = pytest.importorskip('onnx')
    model = onnx.load(weights_file('ceph19'))
    largest = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    values = onnx.numpy_helper.to_array(largest)
    changed = onnx.numpy_helper.from_array(
        values * values.dtype.type(1.1), largest.name
    )
    largest.CopyFrom(changed)
    onnx.save(model, path)


@pytest.mark.slow
def test_predict_with_several_models(run_command, tmp_path):
    pytest.importorskip('onnxruntime')
    other = tmp_path / 'other.onnx'
    write_other_weights(other)
    models = ['--model', 'ceph19', '--model', other]
    done = run_command(
        *('predict', '--img', PICTURE),
        *(*models, '--backend', 'onnxruntime', '--results', tmp_path / 'points.jsonl'),
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / 'points.jsonl').read_text())
    assert record['model'].startswith('ceph19 + ceph19 fp16 ')
    known = json.loads((ROOT / 'tests' / 'data' / 'released_points.json').read_text())
    found = [[point['x'], point['y']] for point in record['predictions'][0]['points']]
    (second,) = LandmarkDetector(other, backend='onnxruntime')(PICTURE)
    ends = np.array([known['ceph19'], second.points])
    assert not np.allclose(*ends, atol=0.01)
    # the mean is on the line between the points of both
    lengths = np.linalg.norm(ends - found, axis=-1).sum(axis=0)
    np.testing.assert_allclose(
        lengths, np.linalg.norm(ends[0] - ends[1], axis=-1), atol=0.2
    )
    assert all('expected_error' in p for p in record['predictions'][0]['points'])


@pytest.mark.slow
@pytest.mark.parametrize(
    ('second', 'message'),
    [
        (['face68'], 'ceph19 and face68 find different points'),
        (['fasseg6'], 'fasseg6 finds face parts: give it alone'),
        (['other.onnx', '--checkpoint', 'a.pth'], '--checkpoint goes with one --model'),
    ],
)
def test_models_that_predict_refuses(run_command, second, message):
    models = ['--model', 'ceph19', '--model', *second]
    done = run_command('predict', '--img', PICTURE, *models)
    assert message in one_line_error(done)


def test_points_of_the_outline_and_of_a_3d_face_are_not_averaged():
    with pytest.raises(
        InputError, match='only one of face68 and face68-3d finds the dep'
    ):
        LandmarkDetector(['face68', 'face68-3d'])
