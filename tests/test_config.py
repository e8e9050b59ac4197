from pathlib import Path

import pytest
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

from mmlandmark import InputError, schemes
from mmlandmark.config import find_checkpoint, load_config, use_bf16
from mmlandmark.engine import cpu_has_bf16

CONFIGS = sorted((Path(__file__).parents[1] / 'configs').glob('*.py'))


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_every_config_builds_its_model(path):
    assert len(CONFIGS) >= 4
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


def test_options_and_their_mistakes(tmp_path):
    config = load_config('configs/ceph_hrnetv2.py', {'train_cfg.max_epochs': 3})
    assert config.train_cfg.max_epochs == 3
    with pytest.raises(InputError, match='no config at'):
        load_config('configs/none.py')
    (tmp_path / 'broken.py').write_text('model = dict(')
    with pytest.raises(InputError, match='no working config'):
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
