import csv

import numpy as np
import pytest
from mmengine.config import Config
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS, METRICS

from mmlandmark import InputError
from mmlandmark.engine.data import use_split
from mmlandmark.evaluation.mean_shape import mean_shape_errors
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.evaluation.testing import measured_on, require_ced
from mmlandmark.schemes import Scheme

NAN = np.nan
NAMES = ('right corner', 'left corner', 'chin')


@pytest.fixture
def scheme(tmp_path):
    """Three points, the first two being the corners of the eyes; no pupils."""
    path = tmp_path / 'scheme.json'
    Scheme('three', NAMES, NAMES, ocular=(0, 1)).save(path)
    return str(path)


def face(name, errors, visible=(1, 1, 1), scale=(200, 200)):
    """Corners 100 apart, chin 80 below the right one; off to the right by the errors."""
    truth = np.array([(50, 40), (150, 40), (50, 120)], float)
    predicted = truth + np.array([(error, 0) for error in errors])
    sample = dict(
        sample_id=name,
        pred_instances=dict(keypoints=predicted[None]),
        gt_instances=dict(
            keypoints=truth[None], keypoints_visible=np.array([visible], float)
        ),
    )
    if scale:
        sample |= dict(input_scale=np.array(scale, float), input_size=(100, 100))
    return sample


#: Mean errors 2 and 12 px of 100; box 100 x 80. Crops of 200 and 400 px.
FACES = [face('x', (1, 2, 3)), face('y', (8, 12, 16), scale=(400, 400))]


def evaluate(samples, **kwargs):
    metric = METRICS.build(dict(type='FaceError', **kwargs))
    metric.dataset_meta = dict(keypoint_id2name=dict(enumerate(NAMES)))
    for sample in samples:
        metric.process([], [sample])
    assert len(metric.results) == len(samples)
    return metric, metric.evaluate(len(samples))


def test_keys_and_values(scheme):
    metric, values = evaluate(FACES, scheme=scheme)
    # of crops of 256 px: 1.28, 2.56, 3.84 and 5.12, 7.68, 10.24 px
    crops = np.array([1, 2, 3, 4, 6, 8]) * 1.28
    assert values == pytest.approx(
        {
            'face/NME_interocular': 7,
            'face/NME_box_sqrt': 700 / 8000**0.5,
            'face/NME_box_max': 7,
            'face/NME_diagonal': 700 / 16400**0.5,
            'face/FR@0.08_interocular': 50,
            'face/AUC@0.08_interocular': 37.5,
            'face/FR@0.1_interocular': 50,
            'face/AUC@0.1_interocular': 40,
            'face/unmeasured_images_interocular': 0,
            'face/accuracy@3px_of_256': 100 / 3,
            'face/accuracy@5px_of_256': 50,
            'face/MSE_px2': (crops**2).mean() / 2,
            'face/MSE_normalised': ((crops / 256) ** 2).mean() / 2,
        }
    )
    assert metric.prefix == 'face'
    assert metric.errors.sides.tolist() == [200, 400]


def test_a_squared_error_is_of_coordinates():
    """What an MSE loss on coordinates from 0 to 1 sees, computed as it does."""
    metric, values = evaluate(FACES)
    offsets = metric.errors.predicted - metric.errors.truth
    loss = np.mean((offsets / np.array([200, 400])[:, None, None]) ** 2)
    assert values['face/MSE_normalised'] == pytest.approx(loss)


def test_arguments_are_in_the_keys(scheme):
    arguments = dict(thresholds=[0.07], accuracy_px=[2.5], accuracy_side=224)
    _, values = evaluate(FACES, scheme=scheme, norm='box_max', **arguments)
    assert values['face/FR@0.07_box_max'] == 50
    assert values['face/AUC@0.07_box_max'] == pytest.approx(100 * (1 - 2 / 7) / 2)
    assert values['face/unmeasured_images_box_max'] == 0
    # 1.12, 2.24, 3.36 and 4.48 to 8.96 px
    assert values['face/accuracy@2.5px_of_224'] == pytest.approx(100 / 3)
    assert not [key for key in values if '@' in key and 'interocular' in key]
    assert 'face/NME_interocular' in values


def test_without_a_scheme_boxes_normalise():
    metric, values = evaluate(FACES)
    assert metric.norm == 'box_sqrt'
    assert [key for key in values if 'NME' in key] == [
        'face/NME_box_sqrt',
        'face/NME_box_max',
        'face/NME_diagonal',
    ]
    assert 'face/AUC@0.08_box_sqrt' in values


def test_300w_has_all():
    metric = METRICS.build(dict(type='FaceError', scheme='ibug68'))
    assert metric.norm == 'interocular'
    assert 'interpupil' in metric.kinds


def test_missing_points_and_predictions_that_are_no_numbers(scheme):
    samples = [
        face('a', (1, 2, 30), visible=(1, 1, 0)),
        face('b', (1, 2, 3), visible=(0, 1, 1)),  # no corner, no interocular distance
        face('c', (NAN, 2, 3)),
        face('d', (1, 2, 3), visible=(0, 0, 0)),
    ]
    metric, values = evaluate(samples, scheme=scheme)
    np.testing.assert_allclose(metric.errors.nme(), [0.015, NAN, np.inf, NAN])
    assert values['face/unmeasured_images_interocular'] == 2
    assert values['face/FR@0.08_interocular'] == 50
    assert values['face/AUC@0.08_interocular'] == pytest.approx(50 * (1 - 1.5 / 8))
    assert values['face/NME_interocular'] == np.inf
    # 1.28 and 2.56; 2.56 and 3.84; infinite, 2.56 and 3.84
    assert values['face/accuracy@3px_of_256'] == pytest.approx(400 / 7)


def test_without_the_crops_what_needs_them_is_left_out():
    metric, values = evaluate([FACES[0], face('y', (1, 1, 1), scale=None)])
    assert metric.errors.sides is None
    assert not [key for key in values if 'accuracy' in key or 'MSE' in key]
    row = metric.errors.per_landmark()[0]
    assert list(row) == ['landmark', 'n', 'NME_box_sqrt']


def test_other_datasets_number_their_faces():
    sample = {**FACES[0], 'id': 7}
    del sample['sample_id']
    assert evaluate([sample])[0].errors.ids == ['7']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(norm='interocular'), "not 'interocular': FaceError has no scheme"),
        (dict(norm='interocular', scheme='photo19'), 'norm must be one of box_sqrt'),
        (dict(scheme='ibug'), 'unknown landmark scheme'),
        (dict(thresholds=[]), 'needs a threshold'),
        (dict(thresholds=[0.08, 0]), 'above 0 and finite'),
        (dict(accuracy_px=[np.inf]), 'above 0 and finite'),
        (dict(accuracy_side=-256), 'above 0 and finite'),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        METRICS.build(dict(type='FaceError', **arguments))


def test_per_landmark_and_csv(scheme, tmp_path, capsys):
    samples = [FACES[0], face('y', (8, 12, 16), (1, 1, 0), scale=(400, 400))]
    errors = evaluate(samples, scheme=scheme)[0].errors
    rows = errors.per_landmark()
    assert [(row['landmark'], row['n']) for row in rows] == [
        ('right corner', 2),
        ('left corner', 2),
        ('chin', 1),
    ]
    assert rows[0]['NME_interocular'] == pytest.approx(4.5)
    assert rows[0]['accuracy@3px_of_256'] == 50
    errors.write_csv(tmp_path / 'errors.csv')
    with (tmp_path / 'errors.csv').open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6
    assert table[1] == dict(
        id='x',
        landmark='left corner',
        x='152.00',
        y='40.00',
        error_px='2.0000',
        NME_interocular='2.0000',
    )
    assert (table[5]['error_px'], table[5]['NME_interocular']) == ('', '')
    print_rows('All', errors.summary({'model': errors.metrics()}))
    assert 'AUC@0.08_interocular' in capsys.readouterr().out


def test_ced_is_plotted_and_written(scheme, tmp_path):
    samples = [*FACES[::-1], face('z', (1, 2, 3), visible=(0, 1, 1))]
    errors = evaluate(samples, scheme=scheme)[0].errors
    rows = errors.ced_rows()
    assert [row['id'] for row in rows] == ['x', 'y']  # z has no interocular distance
    assert [row['NME_interocular'] for row in rows] == pytest.approx([2, 12])
    assert [row['fraction'] for row in rows] == [0.5, 1]
    curve = errors.ced_curve()
    assert (curve.auc, curve.failure_rate) == pytest.approx((37.5, 50))
    errors.write_ced(tmp_path / 'ced.png', tmp_path / 'ced.csv', {'other': errors})
    assert (tmp_path / 'ced.png').stat().st_size > 10_000
    with (tmp_path / 'ced.csv').open() as file:
        assert [row['id'] for row in csv.DictReader(file)] == ['x', 'y']


def radial_metric():
    metric = METRICS.build(dict(type='RadialError'))
    metric.dataset_meta = dict(keypoint_id2name=dict(enumerate(NAMES)))
    metric.process([], FACES)
    metric.evaluate(len(FACES))
    return metric


@pytest.mark.parametrize('make', [radial_metric, lambda: evaluate(FACES)[0]])
def test_what_the_tool_asks_of_all_errors(make):
    metric = make()
    errors, settings = metric.errors, metric.settings
    methods = {'model': errors.metrics(*settings)}
    assert errors.summary(methods)
    assert len(errors.per_landmark(*settings)) == 3
    assert errors.per_annotator(*settings) == {}
    exact = errors.with_predictions(
        np.stack([errors.predicted[0]] * 2), errors.predicted, []
    )
    assert exact.px[0].max() == 0
    assert type(exact) is type(errors)
    with pytest.raises(InputError, match='predicts no expected errors of its heatmaps'):
        errors.calibrate()


def test_radial_errors_have_no_ced(tmp_path):
    with pytest.raises(InputError, match='needs the errors of faces'):
        radial_metric().errors.write_ced(tmp_path / 'a.png', tmp_path / 'a.csv')


@pytest.mark.parametrize(
    ('evaluator', 'picture', 'message'),
    [
        (dict(type='FaceError'), 'ced.png', None),
        ([dict(type='FaceError')], 'ced.png', None),
        (
            dict(type='RadialError'),
            'ced.png',
            'this needs a config of faces, but it measures Radial',
        ),
        (dict(type='FaceError'), 'ced.csv', 'a CED curve is written as .png'),
    ],
)
def test_a_ced_is_refused_before_a_long_test(evaluator, picture, message, tmp_path):
    config = Config(dict(test_evaluator=evaluator))
    if message is None:
        require_ced(config, tmp_path / picture)
        return
    with pytest.raises(InputError, match=message):
        require_ced(config, tmp_path / picture)


def test_splits_are_files_or_parts():
    prepared = dict(data_root='heads', ann_file='test.json')
    config = Config(dict(test_dataloader=dict(dataset=prepared)))
    use_split(config.test_dataloader.dataset, 'val')
    assert measured_on(config) == 'heads/val.json'
    raw = dict(data_root='faces', split='test')
    config = Config(dict(test_dataloader=dict(dataset=raw)))
    use_split(config.test_dataloader.dataset, 'val')
    assert measured_on(config) == 'faces: val'


@DATASETS.register_module()
class FacesInBoxes(BaseCocoStyleDataset):
    """Faces that are the same in their boxes, wherever those are."""

    def __init__(self, boxes, relative, ids=('0', '1'), **kwargs):
        self.boxes, self.relative, self.ids = boxes, np.array(relative, float), ids
        super().__init__(metainfo=Scheme('three', NAMES, NAMES).metainfo(), **kwargs)

    def load_data_list(self):
        return [
            dict(
                id=0,
                sample_id=identity,
                bbox=np.array([box], np.float32),
                keypoints=(box[:2] + self.relative * (box[2] - box[0] + 1))[None],
                keypoints_visible=np.ones((1, 3)),
            )
            for identity, box in zip(self.ids, np.array(self.boxes), strict=True)
        ]


def test_the_mean_shape_is_laid_into_the_boxes(scheme):
    shape = [(0.2, 0.3), (0.8, 0.3), (0.2, 0.9)]
    moved = [(0.3, 0.3), (0.9, 0.3), (0.3, 0.9)]
    train = dict(boxes=[(0, 0, 99, 99), (50, 20, 69, 39)], relative=shape)
    test = dict(boxes=[(300, 200, 339, 239), (10, 10, 89, 89)], relative=moved)
    config = Config(
        dict(
            train_dataloader=dict(dataset=dict(type='FacesInBoxes', **train)),
            test_dataloader=dict(dataset=dict(type='FacesInBoxes', **test)),
        )
    )
    measured = evaluate([face('1', (1, 2, 3)), face('0', (1, 2, 3))], scheme=scheme)[0]
    floor = mean_shape_errors(config, measured.errors)
    # a tenth of boxes of 80 and 40, in the order of the test
    np.testing.assert_allclose(floor.px, [[8] * 3, [4] * 3], atol=1e-4)
    np.testing.assert_allclose(floor.predicted[1, 0], (308, 212), atol=1e-4)
    # by the lengths of the faces that were measured
    assert floor.metrics()['NME_interocular'] == pytest.approx(6)
    config.test_dataloader.dataset.ids = ('0', '0')
    with pytest.raises(InputError, match='different ids'):
        mean_shape_errors(config, measured.errors)
