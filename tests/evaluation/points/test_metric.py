import csv

import numpy as np
import pytest
from mmpose.registry import METRICS

from mmlandmark import InputError
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.points.result import RadialErrors
from mmlandmark.evaluation.tables import print_rows, summary_row


def data_sample(name, predicted, truth, visible, spacing):
    return dict(
        sample_id=name,
        spacing=spacing,
        pred_instances=dict(keypoints=np.array([predicted], float)),
        gt_instances=dict(
            keypoints=np.array([truth], float), keypoints_visible=np.array([visible])
        ),
    )


SAMPLES = [
    data_sample('x', [(3, 4), (0, 20)], [(0, 0), (0, 0)], (1, 1), (0.1, 0.1)),
    data_sample('y', [(0, 30), (9, 9)], [(0, 0), (0, 0)], (1, 0), (0.1, 0.1)),
]


def evaluate(samples, **kwargs):
    metric = METRICS.build(dict(type='RadialError', **kwargs))
    metric.dataset_meta = dict(keypoint_id2name={0: 'sella', 1: 'nasion'})
    for sample in samples:  # one entry a sample
        metric.process([], [sample])
    assert len(metric.results) == len(samples)
    return metric, metric.evaluate(len(samples))


def test_keys_and_values():
    # errors 5, 20 and 30 px; the fourth point is missing
    _, values = evaluate(SAMPLES, radii_px=(5, 20))
    assert values['ceph/MRE_px'] == pytest.approx(55 / 3)
    # deviations -40/3, 5/3, 35/3: squares sum to 2850/9, over 2
    assert values['ceph/MRE_px_SD'] == pytest.approx((2850 / 18) ** 0.5)
    assert values['ceph/SDR@5.0px'] == pytest.approx(100 / 3)
    assert values['ceph/SDR@20.0px'] == pytest.approx(200 / 3)
    assert values['ceph/MRE_mm'] == pytest.approx(5.5 / 3)
    assert values['ceph/SDR@2.0mm'] == pytest.approx(200 / 3)
    assert values['ceph/SDR@2.5mm'] == pytest.approx(200 / 3)
    assert values['ceph/SDR@3.0mm'] == pytest.approx(100)
    assert 'ceph/SDR@4.0mm' in values


def test_no_millimetres_unless_every_spacing_is_known():
    unknown = {**SAMPLES[1], 'spacing': None}
    metric, values = evaluate([SAMPLES[0], unknown])
    assert not [key for key in values if 'mm' in key]
    assert metric.errors.mm is None


def with_views(sample, **views):
    views = {who: np.array(points, float) for who, points in views.items()}
    return {**sample, 'annotators': views}


def test_errors_against_each_annotator():
    # x: predicted (3, 4), (0, 20); y: (0, 30), its second point is missing in the truth
    samples = [
        with_views(SAMPLES[0], senior=[(3, 4), (0, 0)], junior=[(3, 14), (0, 20)]),
        with_views(SAMPLES[1], senior=[(0, 0), (9, 9)], junior=[(0, 30), (0, 0)]),
    ]
    metric, values = evaluate(samples)
    assert values == evaluate(SAMPLES)[1]
    tables = metric.errors.per_annotator((2.0,), (2.0,))
    assert list(tables) == ['mean of both', 'senior', 'junior']
    assert tables['mean of both']['MRE_mm'] == pytest.approx(5.5 / 3)
    # senior 0, 2 and 3 mm, junior 1, 0 and 0 mm
    assert tables['senior']['MRE_mm'] == pytest.approx(5 / 3)
    assert tables['senior']['MRE_mm_SD'] == pytest.approx((21 / 9) ** 0.5)
    assert tables['senior']['SDR@2.0mm'] == pytest.approx(200 / 3)
    assert tables['junior']['MRE_px'] == pytest.approx(10 / 3)
    assert tables['junior']['SDR@2.0mm'] == 100


def test_no_table_unless_every_image_has_the_annotator():
    points = [(0, 0), (0, 0)]
    some = [with_views(SAMPLES[0], senior=points, junior=points)]
    metric, _ = evaluate([*some, with_views(SAMPLES[1], junior=points)])
    assert list(metric.errors.per_annotator((2.0,), (2.0,))) == [
        'mean of both',
        'junior',
    ]
    for samples in (SAMPLES, [*some, SAMPLES[1]]):
        metric, _ = evaluate(samples)
        assert metric.errors.per_annotator((2.0,), (2.0,)) == {}


def with_heatmap_errors(sample, heatmap_errors):
    """The same, of a network that sees 60 pixels of the image as 20."""
    found = {
        **sample['pred_instances'],
        'keypoint_heatmap_errors': np.array([heatmap_errors]),
    }
    scales = dict(input_scale=np.array([60.0, 60.0]), input_size=(20, 20))
    return {**sample, **scales, 'pred_instances': found}


def test_expected_errors_of_a_model_with_heatmap_errors():
    samples = [
        with_heatmap_errors(SAMPLES[0], [1, 2]),
        with_heatmap_errors(SAMPLES[1], [3, 4]),
    ]
    metric, values = evaluate(samples)
    assert values == evaluate(SAMPLES)[1]
    np.testing.assert_array_equal(metric.errors.heatmap_errors, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(metric.errors.input_px, [3, 3])
    twice = Calibration(0.0, 2.0, 0.0, {'sella': 1.0, 'nasion': 1.0}, 1.0)
    report = metric.errors.reliability(twice)
    # expected 2, 4, 6 pixels of the input, 0.3 mm each; observed 0.5, 2 and 3 mm
    assert report['unit'] == 'mm'
    rows = [(row['n'], row['expected'], row['observed']) for row in report['bins']]
    np.testing.assert_allclose(rows, [(1, 0.6, 0.5), (1, 1.2, 2), (1, 1.8, 3)])
    assert report['rank_correlation'] == 1
    unknown = [{**sample, 'spacing': None} for sample in samples]
    report = evaluate(unknown)[0].errors.reliability(twice)
    assert report['unit'] == 'px'
    assert report['bins'][0]['expected'] == 6


def test_no_expected_errors_unless_every_sample_has_heatmap_errors():
    metric, _ = evaluate([with_heatmap_errors(SAMPLES[0], [1, 2]), SAMPLES[1]])
    assert metric.errors.reliability(Calibration(1, 1, 1, {}, 1)) is None
    with pytest.raises(InputError, match='predicts no expected errors of its heatmaps'):
        metric.errors.calibrate()


def test_calibration_is_in_pixels_of_the_input():
    def image(error):
        points = [(6.0 * error, 0.0)] * 2  # off by twice the heatmap error in the input
        sample = data_sample('x', points, [(0, 0)] * 2, (1, 1), (0.1, 0.1))
        return with_heatmap_errors(sample, [error] * 2)

    steps = [0] * 6 + list(range(1, 15))
    metric, _ = evaluate([image(1 + step / 2) for step in steps])
    calibration, report = metric.errors.calibrate()
    expected = calibration(np.array([[1.0, 4], [0, 10]]))
    np.testing.assert_allclose(expected, [[2, 8], [2, 20]], rtol=1e-3)
    assert calibration.median_expected_error == pytest.approx(6.5, rel=1e-3)
    assert report['miscalibration'] < 0.01
    assert report['bins'][0]['expected'] == pytest.approx(0.6, rel=0.01)
    # the errors are as expected: every factor is 1
    assert calibration.regions.images == 20
    np.testing.assert_allclose(calibration.regions.points['sella'], 1, rtol=0.01)


def test_per_landmark_and_csv(tmp_path):
    metric, _ = evaluate(SAMPLES)
    rows = metric.errors.per_landmark((2.0,), (2.0,))
    assert [(r['landmark'], r['n']) for r in rows] == [('sella', 2), ('nasion', 1)]
    assert rows[0]['MRE_mm'] == pytest.approx(1.75)
    assert rows[0]['SDR@2.0mm'] == 50
    metric.errors.write_csv(tmp_path / 'errors.csv')
    with (tmp_path / 'errors.csv').open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == 4
    assert table[0] == dict(
        id='x',
        landmark='sella',
        x='3.00',
        y='4.00',
        error_px='5.0000',
        error_mm='0.5000',
    )
    assert (table[3]['id'], table[3]['error_px']) == ('y', '')


def test_tables_print(capsys):
    errors = RadialErrors(
        ['x'], ['sella'], np.array([[5.0]]), None, np.zeros((1, 1, 2))
    )
    print_rows('Per landmark', errors.per_landmark((2.0,), (2.0, 5.0)))
    print_rows('All', [summary_row('model', errors.metrics((2.0,), (2.0, 5.0)))])
    text = capsys.readouterr().out
    assert 'sella' in text
    assert 'MRE px' in text
    assert '100.00' in text
