import cv2
import numpy as np
import pytest
from mmengine.config import Config

from mmlandmark import InputError
from mmlandmark.evaluation import robustness as study
from mmlandmark.evaluation.faces.result import FaceErrors
from mmlandmark.visualization.robustness import plot_robustness

KEY = 'AUC@0.07_box_sqrt'


def errors(px, yaws):
    """Images of one point whose box is 100 pixels."""
    count = len(px)
    return FaceErrors(
        ids=[str(i) for i in range(count)],
        names=['nose'],
        px=np.array(px, float)[:, None],
        predicted=np.zeros((count, 1, 2)),
        truth=np.zeros((count, 1, 2)),
        normalisers={'box_sqrt': np.full(count, 100.0)},
        norm='box_sqrt',
        thresholds=(0.07,),
        yaws=np.array(yaws, float),
    )


def test_by_yaw():
    rows = errors([1, 3.5, 7, 14, 5], [-10, 29, 45, -60, 95]).by_yaw()
    assert [(r['yaw'], r['images']) for r in rows] == [
        ('0-30', 2),
        ('30-60', 1),
        ('60-90', 1),
        ('unknown or larger', 1),
    ]
    assert [r['NME_box_sqrt'] for r in rows] == pytest.approx([2.25, 7, 14, 5])
    # 1 - 1/7 and 1 - 3.5/7; nothing at 7 and beyond
    assert [r[KEY] for r in rows] == pytest.approx(
        [100 * (6 / 7 + 0.5) / 2, 0, 0, 100 * 2 / 7]
    )
    assert [r['FR@0.07_box_sqrt'] for r in rows] == [0, 0, 100, 0]


@pytest.fixture
def config():
    pipeline = [dict(type='LoadLandmarkImage'), dict(type='PackLandmarkInputs')]
    return Config(
        dict(
            model=dict(
                type='TopdownPoseEstimator',
                backbone=dict(type='PlainCNN', channels=(16,)),
                # with 16 * 9 + 16 + 512 * 19 + 19 weights a hundredth of a million
                head=dict(type='DepthHead', in_channels=512, scheme='aflw19'),
            ),
            test_dataloader=dict(dataset=dict(pipeline=pipeline)),
            test_evaluator=dict(type='FaceError'),
        )
    )


def test_every_dose_is_measured(config, monkeypatch, tmp_path):
    measured = []

    class Measured:
        def __init__(self, config, checkpoint):
            steps = config.test_dataloader.dataset.pipeline
            added = steps[1] if len(steps) == 3 else None
            measured.append(added)
            assert config.test_evaluator.norm == 'box_sqrt'
            assert checkpoint == 'x.pth'
            harm = 0 if added is None else added.get('share', 0.05)
            self.errors = errors([1 + 10 * harm, 2], [5, 40])

    monkeypatch.setattr(study, 'measure', Measured)
    rows = list(study.robustness('net', config, 'x.pth'))
    assert measured == [
        None,
        *(dict(type='BBoxJitter', share=s / 100) for s in (10, 20, 30)),
        *(dict(type='ReduceResolution', side=s) for s in (60, 45, 30, 20, 15)),
        *(dict(type='Cutout', share=s / 100) for s in (10, 20, 30, 40)),
    ]
    levels = {}
    for row in rows:
        levels.setdefault(row['study'], []).append(row['level'])
    assert levels['yaw, degrees from'] == [0, 30, 60]
    assert levels['box noise, %'] == [0, 10, 20, 30]
    assert levels['face size, px'] == [float('inf'), 60, 45, 30, 20, 15]
    assert levels['weights, M'] == [0.01]
    noise = [r['NME_box_sqrt'] for r in rows if r['study'] == 'box noise, %']
    assert noise == pytest.approx([1.5, 2, 2.5, 3])
    plot_robustness(rows, tmp_path / 'plot.png')
    assert cv2.imread(str(tmp_path / 'plot.png')) is not None
    assert len(config.test_dataloader.dataset.pipeline) == 2  # the caller's stays


def test_only_faces(config, monkeypatch):
    class Measured:
        def __init__(self, *_):
            self.errors = errors([1], [1])
            self.errors.yaws = None

    monkeypatch.setattr(study, 'measure', Measured)
    with pytest.raises(InputError, match='faces of 68 points'):
        next(study.robustness('net', config, 'x.pth'))


def test_a_pipeline_that_loads_nothing(config):
    del config.test_dataloader.dataset.pipeline[0]
    with pytest.raises(InputError, match='must start with loading the image'):
        study.perturbed(config, dict(type='Cutout', share=0.1))
