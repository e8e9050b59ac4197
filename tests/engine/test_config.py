import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope, init_default_scope
from mmengine.structures import InstanceData
from mmpose.models import build_pose_estimator
from mmpose.structures import PoseDataSample

from mmlandmark import InputError, schemes
from mmlandmark.engine.config import find_checkpoint, load_config
from mmlandmark.engine.cpu import cpu_has_bf16
from mmlandmark.engine.launch import use_bf16
from mmlandmark.evaluation.testing import measure
from mmlandmark.io.writing import write_image
from mmlandmark.schemes import get_scheme
from mmlandmark.schemes.from_config import names_of, scheme_of
from mmlandmark.schemes.parts import get_parts

CONFIGS = sorted((Path(__file__).parents[2] / 'configs').glob('*.py'))


HEADS = [path for path in CONFIGS if path.stem.startswith(('ceph_', 'isbi2015_'))]
FACES = [path for path in CONFIGS if path.stem.startswith(('face_', 'webmorph_'))]
FANS = [path for path in CONFIGS if path.stem.startswith(('fan', 'face3d_'))]
PARTS = [path for path in CONFIGS if path.stem.startswith(('fasseg_', 'lapa_'))]
TABLES = [path for path in CONFIGS if path.stem.startswith('csv_')]


@pytest.mark.parametrize('path', HEADS, ids=lambda path: path.stem)
def test_every_config_of_heads_builds_its_model(path):
    assert len(HEADS) >= 4
    config = load_config(path)
    init_default_scope('mmpose')
    model = build_pose_estimator(config.model)
    assert model.head.out_channels == len(schemes.get_scheme(config.scheme))
    assert config.work_dir == f'work_dirs/{path.stem}'
    monitored = config.default_hooks.checkpoint
    assert monitored.save_best.startswith('ceph/MRE')
    assert monitored.rule == 'less'
    assert not any(
        step['type'] == 'RandomFlip'
        for step in config.train_dataloader.dataset.pipeline
    )


def test_no_config_is_left_out():
    assert sorted(HEADS + FACES + FANS + PARTS + TABLES) == CONFIGS


@pytest.mark.parametrize('path', FANS, ids=lambda path: path.stem)
def test_every_fan_builds_its_model(path):
    config = load_config(path)
    assert config.find_boxes == 'face'
    assert config.test_evaluator.scheme == 'ibug68'
    init_default_scope('mmpose')
    model = build_pose_estimator(config.model)
    assert len(model.head.names) == 68
    if 'detector' in config.model:
        assert model.detector_checkpoint.startswith('work_dirs/fan')
        assert config.model.backbone.in_channels == 3 + 68


@pytest.mark.parametrize('path', PARTS, ids=lambda path: path.stem)
def test_every_config_of_parts_builds_its_model(path):
    pytest.importorskip('mmseg', reason='face parts need mmsegmentation')
    config = load_config(path)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config.model)
    assert model.num_classes == len(get_parts(config.parts))
    assert config.default_hooks.checkpoint.save_best is None


@pytest.mark.parametrize('path', FACES, ids=lambda path: path.stem)
def test_every_config_of_faces_learns_one_step(path):
    assert len(FACES) >= 5
    config = load_config(path)
    assert config.find_boxes == 'face'
    scheme = get_scheme(config.test_evaluator.scheme)
    assert scheme.name == ('webmorph189' if 'webmorph' in path.stem else 'ibug68')
    width, height = config.input_size
    gray = config.model.data_preprocessor.mean == [116.0]
    one_step(config, torch.rand(2, 1 if gray else 3, height, width), len(scheme))


@pytest.fixture
def table(tmp_path):
    """Three points in two images."""
    path = tmp_path / 'noses.csv'
    path.write_text(
        'image_name,left_x,left_y,nose_x,nose_y,right_x,right_y\n'
        'a_1.png,10,10,20,20,30,10\nb_1.png,11,10,21,20,31,10\n'
    )
    for name in ('a_1.png', 'b_1.png'):
        write_image(tmp_path / name, np.zeros((40, 40), np.uint8))
    return path


@pytest.mark.parametrize('path', TABLES, ids=lambda path: path.stem)
def test_a_table_sizes_every_config_of_tables(path, table):
    assert len(TABLES) >= 3
    config = load_config(path, data=table)
    assert config.work_dir == f'work_dirs/{path.stem}_noses'
    assert list(config.scheme['points']) == ['left', 'nose', 'right']
    assert [list(pair) for pair in config.scheme['flip_pairs']] == [[0, 2]]
    assert config.test_evaluator.scheme == config.scheme
    width, height = config.input_size
    one_step(config, torch.rand(2, 1, height, width), 3)


def one_step(config, images, points):
    """Every weight of the config's model gets a gradient."""
    model = build_pose_estimator(config.model)
    model.train()
    samples = []
    for _ in images:
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(
            keypoint_labels=torch.rand(1, points, 2),
            keypoint_weights=torch.ones(1, points),
        )
        samples.append(sample)
    model.loss(images, samples)['loss_kpt'].backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert not still


def test_the_top_of_a_config_describes_its_table(table):
    options = dict(subject_from='(.)_', scheme='isbi19', index_base=1)
    config = load_config('csv_cnn2', options, table)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataset = config[loader].dataset
        assert (dataset.subject_from, dataset.index_base) == ('(.)_', 1)
        assert (dataset.scheme, dataset.data_root) == ('isbi19', str(table))
    assert config.model.head.scheme == config.val_evaluator.scheme == 'isbi19'


def test_faces_are_read_where_they_are(tmp_path):
    config = load_config('face_300w_resnet18', data=tmp_path)
    assert config.test_dataloader.dataset.data_root == str(tmp_path)
    assert config.scheme == config.model.head.scheme == 'ibug68'


def test_the_last_epoch_counts_where_no_best_is_named(tmp_path):
    config = load_config('face_300w_resnet18')
    config.work_dir = str(tmp_path)
    with pytest.raises(InputError, match=r'no epoch_\*\.pth'):
        find_checkpoint(config)
    for epoch in (9, 10):
        (tmp_path / f'epoch_{epoch}.pth').touch()
        os.utime(tmp_path / f'epoch_{epoch}.pth', (epoch, epoch))
    assert find_checkpoint(config) == str(tmp_path / 'epoch_10.pth')


def test_photograph_recipe_is_the_documents():
    config = load_config('configs/ceph_hrnetv2.py')
    assert config.train_cfg.max_epochs == 100
    assert config.train_cfg.val_interval == 1
    assert config.codec.input_size == (256, 256)
    assert 'hrnetv2_w18_aflw_256x256' in config.load_from
    assert config.model.backbone.type == 'HRNet'


def test_data_brings_its_own_scheme(tmp_path):
    schemes.Scheme('own', ('a', 'b'), ('A', 'B')).save(tmp_path / 'scheme.json')
    (tmp_path / 'test.json').write_text('{}')
    config = load_config('isbi2015_hrnetv2', data=tmp_path)
    assert config.model.head.scheme == str(tmp_path / 'scheme.json')
    for name in ('train', 'val', 'test'):
        dataset = config[f'{name}_dataloader'].dataset
        assert dataset.data_root == str(tmp_path)
        assert dataset.scheme == str(tmp_path / 'scheme.json')
        assert dataset.ann_file == f'{name}.json'  # the challenge's is test1.json
    init_default_scope('mmpose')
    assert build_pose_estimator(config.model).head.out_channels == 2


#: A config as in MMPose: the data set defines the points, not the config.
STOCK = """
default_scope = 'mmpose'
codec = dict(
    type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='PoseDataPreprocessor'),
    backbone=dict(type='ResNet', depth=18),
    head=dict(type='HeatmapHead', in_channels=512, out_channels=98, decoder=codec,
              loss=dict(type='KeypointMSELoss')),
    test_cfg=dict())
train_dataloader = dict(dataset=dict(type='WFLWDataset', ann_file='a.json', pipeline=[]))
val_dataloader = test_dataloader = train_dataloader
val_evaluator = test_evaluator = dict(type='NME', norm_mode='keypoint_distance')
"""


def test_a_training_with_a_config_of_mmpose_itself_needs_a_scheme(tmp_path):
    path = tmp_path / 'stock.py'
    path.write_text(STOCK)
    for ask in (names_of, measure):
        arguments = ('a.pth',) if ask is not names_of else ()
        with pytest.raises(InputError, match='this config has no scheme, so') as caught:
            ask(load_config(path), *arguments)
        assert '\n' not in str(caught.value)


def test_a_config_of_parts_is_said_to_find_parts():
    config = load_config('fasseg6')
    assert 'skin' in names_of(config)
    with pytest.raises(InputError, match='predicts face parts: use FaceParser'):
        scheme_of(config)


def test_options_and_their_mistakes(tmp_path):
    config = load_config('configs/ceph_hrnetv2.py', {'train_cfg.max_epochs': 3})
    assert config.train_cfg.max_epochs == 3
    with pytest.raises(InputError, match='no config at'):
        load_config('configs/none.py')
    (tmp_path / 'broken.py').write_text('model = dict(')
    with pytest.raises(InputError, match='is not a valid config'):
        load_config(tmp_path / 'broken.py')
    with pytest.raises(InputError, match='no scheme file'):
        load_config('configs/ceph_hrnetv2.py', data=tmp_path)


def test_bf16_where_the_cpu_has_it():
    config = load_config('configs/ceph_hrnetv2.py')
    reason = use_bf16(config)
    assert (reason is None) == cpu_has_bf16()
    if reason is None:
        assert config.optim_wrapper.type == 'CpuBf16OptimWrapper'
        assert config.val_cfg.fp16


def test_best_checkpoint_of_the_run(tmp_path):
    config = load_config('configs/ceph_hrnetv2.py')
    config.work_dir = str(tmp_path)
    with pytest.raises(InputError, match='train first'):
        find_checkpoint(config)
    (tmp_path / 'best_ceph_MRE_px_epoch_3.pth').touch()
    assert find_checkpoint(config).endswith('epoch_3.pth')
