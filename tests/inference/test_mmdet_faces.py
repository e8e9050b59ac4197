"""A detector of MMDetection that suppresses no boxes, so that mmcv-lite is enough."""

import copy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope

from mmlandmark import InputError
from mmlandmark.inference.mmdet_faces import MMDetFaces

CONFIGS = Path(find_spec('mmdet').origin).parent / '.mim' / 'configs'


@pytest.fixture(scope='module')
def detr(tmp_path_factory):
    """DETR with one class, two boxes and random weights, and its checkpoint."""
    from mmdet.apis import init_detector

    config = Config.fromfile(CONFIGS / 'detr' / 'detr_r18_8xb2-500e_coco.py')
    config.model.num_queries = config.model.test_cfg.max_per_img = 2
    config.model.bbox_head.num_classes = 1
    config.model.encoder.num_layers = config.model.decoder.num_layers = 1
    config.test_dataloader.dataset.pipeline[1].scale = (96, 64)
    torch.manual_seed(0)
    model = init_detector(copy.deepcopy(config), None, device='cpu')
    path = tmp_path_factory.mktemp('detr') / 'detr.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return config, path


def test_boxes(detr):
    init_default_scope('mmpose')
    finds = MMDetFaces(*detr, threshold=0.0)
    assert DefaultScope.get_current_instance().scope_name == 'mmpose'
    for image in (np.zeros((80, 100), np.uint8), np.zeros((80, 100, 3), np.uint8)):
        boxes = finds(image)
        assert boxes.shape == (2, 4)
        assert (boxes >= 0).all()
        assert (boxes <= (100, 80, 100, 80)).all()
    finds.threshold = 1.1
    assert finds(image).shape == (0, 4)
    finds.threshold, finds.label = 0.0, 1
    assert finds(image).shape == (0, 4)


def test_mistakes(detr, tmp_path):
    config, weights = detr
    with pytest.raises(InputError, match='is not a config of MMDetection'):
        MMDetFaces(tmp_path / 'x.py', weights)
    with pytest.raises(InputError, match='no checkpoint at'):
        MMDetFaces(config, tmp_path / 'x.pth')


def test_without_full_mmcv(detr, monkeypatch):
    from mmlandmark.inference import mmdet_faces

    def suppress(*_):
        raise RuntimeError('the operator nms needs full mmcv, not mmcv-lite')

    finds = MMDetFaces(*detr)
    monkeypatch.setattr(mmdet_faces, 'inference_detector', suppress)
    with pytest.raises(InputError, match='needs full mmcv'):
        finds(np.zeros((80, 100), np.uint8))
