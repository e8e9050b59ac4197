"""A model is converted once and kept whole; conversions are shared by the whole run."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from converted_models import config_of, save_sharp

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.inference.backends import runtimes
from mmlandmark.inference.conversion import open_or_convert
from mmlandmark.inference.export import export_model as module
from mmlandmark.inference.model_spec import ModelSpec
from mmlandmark.inference.pose_model import PoseModel
from mmlandmark.utils.cache import cache_folder


@pytest.fixture
def tiny(converted, monkeypatch):
    """A converted model; a further conversion of it copies the network."""
    one = converted('tiny')

    def copies(network, images, path, outputs, names):
        copies.count += 1
        shutil.copy(one.path, path)

    copies.count = 0
    one.copies = copies
    monkeypatch.setattr(module, 'convert', copies)
    return one


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.delenv('MMLANDMARK_BACKEND', raising=False)
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache'


def detector(one, backend):
    return LandmarkDetector(one.config, one.checkpoint, 'cpu', backend)


def test_a_training_is_converted_once(tiny, cache, capsys):
    assert detector(tiny, 'auto').backend == 'torch'
    first = detector(tiny, 'openvino')
    (kept,) = cache.iterdir()  # no partial file, no lock
    assert capsys.readouterr().err == f'converting a.pth once: {kept}\n'
    again = detector(tiny, 'onnxruntime')
    auto = detector(tiny, 'auto')
    by_torch = detector(tiny, 'torch')
    assert tiny.copies.count == 1
    assert capsys.readouterr().err == ''
    assert [d.backend for d in (first, again, auto)] == [
        'openvino', 'onnxruntime', 'onnxruntime',
    ]  # fmt: skip
    for one in (first, again, auto):
        assert (one.source, one.recipe) == (by_torch.source, by_torch.recipe)
        assert one.calibration == by_torch.calibration


def test_other_names_of_the_same_weights(tiny, cache, tmp_path):
    detector(tiny, 'openvino')
    shutil.copytree(tiny.checkpoint.parent, tmp_path / 'copy')
    (tmp_path / 'copy' / 'a.pth').rename(tmp_path / 'copy' / 'b.pth')
    again = LandmarkDetector(
        tiny.config, tmp_path / 'copy' / 'b.pth', 'cpu', 'openvino'
    )
    assert tiny.copies.count == 1
    assert again.source['name'] == 'b.pth'


@pytest.mark.parametrize(
    'change',
    [
        {'model.test_cfg.flip_test': True},
        {'test_dataloader.dataset.pipeline.1.padding': 1.3},
        {'find_boxes': 'face'},
    ],
)
def test_the_key_changes_with_the_config(tiny, change):
    config = config_of('tiny')
    before = ModelSpec.load(config, tiny.checkpoint).cache_key()
    config.merge_from_dict(change)
    assert ModelSpec.load(config, tiny.checkpoint).cache_key() != before


def test_the_key_changes_with_the_weights_and_the_calibration(tiny, tmp_path):
    shutil.copy(tiny.checkpoint, tmp_path / 'a.pth')
    keys = [ModelSpec.load(tiny.config, tiny.checkpoint).cache_key()]
    keys.append(ModelSpec.load(tiny.config, tmp_path / 'a.pth').cache_key())
    state = torch.load(tmp_path / 'a.pth')
    next(iter(state['state_dict'].values())).mul_(2)
    torch.save(state, tmp_path / 'a.pth')
    keys.append(ModelSpec.load(tiny.config, tmp_path / 'a.pth').cache_key())
    assert len(set(keys)) == 3


def test_a_damaged_file_is_replaced(tiny, cache):
    detector(tiny, 'openvino')
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert detector(tiny, 'auto').backend == 'torch'
    assert detector(tiny, 'openvino').backend == 'openvino'
    assert tiny.copies.count == 2


def test_several_at_once_convert_once(tiny, cache):
    """As the workers of a run over a folder do."""
    path = cache / 'a.onnx'
    model = PoseModel(tiny.config, tiny.checkpoint, 'cpu')

    def ask(_):
        return open_or_convert(path, 'onnxruntime', 'r', lambda: model)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert [one.path for one in found] == [path] * 4
    assert tiny.copies.count == 1
    assert list(cache.iterdir()) == [path]


def test_a_conversion_that_fails_leaves_nothing(tiny, cache, monkeypatch):
    def fails(network, images, path, outputs, names):
        path.write_text('half')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(module, 'convert', fails)
    with pytest.raises(InputError, match='cannot be written: No space left'):
        detector(tiny, 'openvino')
    assert list(cache.iterdir()) == []


def test_a_converted_network_that_differs_from_torch_is_refused(tiny, cache, tmp_path):
    state = torch.load(tiny.checkpoint)
    for name, weight in state['state_dict'].items():
        if name.endswith('final_layer.weight'):
            weight *= 1.01
    torch.save(state, tmp_path / 'a.pth')
    with pytest.raises(InputError, match='gives other outputs than torch; run it with'):
        LandmarkDetector(tiny.config, tmp_path / 'a.pth', 'cpu', 'openvino')
    assert list(cache.iterdir()) == []


def test_a_model_that_cannot_be_exported(tiny, cache, tmp_path, capsys):
    config = config_of('tiny_refined')
    checkpoint = save_sharp(config, tmp_path / 'a.pth')
    message = "ShapeRefinedEstimator cannot be exported.*run it with backend='torch'"
    with pytest.raises(InputError, match=message):
        LandmarkDetector(config, checkpoint, 'cpu', 'openvino')
    assert capsys.readouterr().err == ''
    assert list(cache.iterdir()) == []
    image = np.zeros((64, 64), np.uint8)
    assert len(LandmarkDetector(config, checkpoint, 'cpu')(image)) == 1


def test_packages_that_a_conversion_needs(tiny, cache, monkeypatch):
    monkeypatch.setattr(runtimes, 'find_spec', lambda name: name != 'onnxscript')
    with pytest.raises(InputError, match='needs onnxscript: pip install mmlandmark'):
        detector(tiny, 'openvino')
    assert not cache.exists()


def test_a_cache_that_cannot_be_written(tiny, monkeypatch, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path / 'file' / 'cache'))
    with pytest.raises(InputError, match='set MMLANDMARK_CACHE'):
        detector(tiny, 'openvino')
    assert tiny.copies.count == 0


def test_where_converted_models_are_kept(monkeypatch, tmp_path):
    monkeypatch.delenv('MMLANDMARK_CACHE', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert cache_folder() == tmp_path / 'mmlandmark'
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path / 'mine'))
    assert cache_folder() == tmp_path / 'mine'
