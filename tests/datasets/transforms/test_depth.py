import json
import shutil

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.dataset import pseudo_collate
from mmpose.models import build_pose_estimator
from mmpose.registry import DATASETS, MODELS, TRANSFORMS
from PIL import Image

from mmlandmark import InputError
from mmlandmark.datasets import LoadDepth
from mmlandmark.engine.config import load_config

CONFIG = 'configs/ceph_hrnetv2_depth.py'


def with_depth(values, tmp_path, shape=None):
    """What is in a pipeline after the image was loaded."""
    values = np.array(values, np.uint16)
    Image.fromarray(values).save(tmp_path / 'd.png')
    image = np.full((*(shape or values.shape), 3), 7, np.uint8)
    return dict(img=image, depth_path=str(tmp_path / 'd.png'), sample_id='x')


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        # 100 to 500 over 0 to 255: 200 is 63.75, 260 is 102
        ([[100, 200], [260, 500]], [[0, 64], [102, 255]]),
        ([[9, 9], [9, 9]], [[0, 0], [0, 0]]),
        ([[0, 65535]], [[0, 255]]),
    ],
    ids=['stretched', 'constant', '16 bit'],
)
def test_depth_becomes_the_fourth_channel(tmp_path, values, expected):
    image = LoadDepth()(with_depth(values, tmp_path))['img']
    assert image.dtype == np.uint8
    assert image.shape == (*np.shape(values), 4)
    assert (image[..., :3] == 7).all()
    assert image[..., 3].tolist() == expected


def test_depth_that_is_not_there_says_what_to_do(tmp_path):
    item = with_depth([[1, 2]], tmp_path)
    with pytest.raises(InputError, match=r'differ in size \(\(3, 3\) and \(1, 2\)\)'):
        LoadDepth()({**item, 'img': np.zeros((3, 3, 3), np.uint8)})
    (tmp_path / 'd.png').unlink()
    with pytest.raises(InputError, match='no depth map at'):
        LoadDepth()(item)
    del item['depth_path']
    with pytest.raises(InputError, match=r'image x has no depth map.*photo-pickle'):
        LoadDepth()(item)
    with pytest.raises(InputError, match='image of an array has no depth map'):
        LoadDepth()(dict(img=item['img'], img_path=None))


def test_depth_is_warped_with_the_colours(tmp_path):
    """The same dot in red and in depth stays the same dot."""
    dot = np.zeros((101, 101), np.uint16)
    dot[30, 70] = 65535
    item = with_depth(dot, tmp_path)
    item['img'] = np.dstack([(dot > 0).astype(np.uint8) * 255] * 3)
    item |= dict(bbox=np.array([[0, 0, 100, 100]], np.float32))
    steps = (
        dict(type='LoadDepth'),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='RandomBBoxTransform', rotate_factor=30, rotate_prob=1.0),
        dict(type='TopdownAffine', input_size=(202, 202), use_udp=True),
    )
    np.random.seed(4)
    image = Compose([TRANSFORMS.build(step) for step in steps])(item)['img']
    assert image.shape == (202, 202, 4)
    assert image[..., 3].max() > 60
    np.testing.assert_array_equal(image[..., 3], image[..., 0])


@pytest.mark.parametrize('bgr_to_rgb', [True, False])
@pytest.mark.parametrize('collate', [list, torch.stack])
def test_preprocessor_swaps_colours_and_keeps_depth_last(bgr_to_rgb, collate):
    preprocessor = MODELS.build(
        dict(
            type='DepthDataPreprocessor',
            mean=[10, 20, 30, 40.0],
            std=[1, 2, 5, 10.0],
            bgr_to_rgb=bgr_to_rgb,
        )
    )
    pixel = torch.tensor([50, 60, 70, 80], dtype=torch.uint8)  # B, G, R, depth
    inputs = collate([pixel.view(4, 1, 1).expand(4, 8, 8)] * 2)
    out = preprocessor(dict(inputs=inputs, data_samples=[]))['inputs']
    assert out.shape == (2, 4, 8, 8)
    # R (70 - 10) / 1, G (60 - 20) / 2, B (50 - 30) / 5, depth (80 - 40) / 10
    expected = [60, 20, 4, 4] if bgr_to_rgb else [40, 20, 8, 4]
    assert out[1, :, 3, 3].tolist() == expected


@pytest.fixture(scope='module')
def config():
    return load_config(CONFIG)


def dataset(config, folder, loader='train_dataloader'):
    return DATASETS.build({**config[loader].dataset, 'data_root': str(folder)})


def test_one_step_of_the_depth_config(config, prepared):
    """From the photograph set's prepared files to a loss, and its gradient."""
    data = dataset(config, prepared)
    np.random.seed(0)
    batch = pseudo_collate([data[0], data[1]])
    assert batch['inputs'][0].shape == (4, 256, 256)
    assert batch['inputs'][0][3].max() > 200
    model = build_pose_estimator(config.model)
    processed = model.data_preprocessor(batch, training=True)
    losses = model(**processed, mode='loss')
    losses['loss_kpt'].backward()
    assert model.backbone.conv1.weight.grad[:, 3].abs().sum() > 0


def test_data_without_depth(config, prepared, tmp_path):
    shutil.copy(prepared / 'scheme.json', tmp_path)
    shutil.copytree(prepared / 'images', tmp_path / 'images')
    annotations = json.loads((prepared / 'val.json').read_text())
    for image in annotations['images']:
        del image['depth']
    (tmp_path / 'val.json').write_text(json.dumps(annotations))
    data = dataset(config, tmp_path, 'val_dataloader')
    with pytest.raises(InputError, match='has no depth map, which this config needs'):
        data[0]
