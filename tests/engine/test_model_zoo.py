import json
import re

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from tests_support import ROOT

from mmlandmark import FaceParser, InputError, LandmarkDetector
from mmlandmark.engine import config, model_zoo
from mmlandmark.engine.config import find_checkpoint, load_config, released_config
from mmlandmark.engine.model_zoo import card_digest, list_models, read_card
from mmlandmark.engine.release import MAX_BYTES, write_release

SHIPPED = list_models()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of releases that the package reads."""
    for module in (model_zoo, config):
        monkeypatch.setattr(module, 'FOLDER', tmp_path)
    for function in (
        read_card,
        card_digest,
        list_models,
        released_config,
        write_release,
    ):
        monkeypatch.setattr(function, '__defaults__', (tmp_path,))
    return tmp_path


@pytest.fixture
def trained(tmp_path):
    """The tiny config and a checkpoint of it, weights beyond half precision's steps."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    tiny = load_config(ROOT / 'tests' / 'tiny.py')
    path = tmp_path / 'epoch_1.pth'
    state = build_pose_estimator(tiny.model).state_dict()
    torch.save(dict(state_dict=state, optimizer=dict(), meta=dict(epoch=1)), path)
    return tiny, path


def test_a_release_keeps_the_weights(folder, trained):
    tiny, checkpoint = trained
    card = write_release('tiny', tiny, checkpoint, dict(data='drawn heads'))
    assert card['data'] == 'drawn heads'
    assert card['bytes'] == (folder / 'tiny.pth').stat().st_size
    assert card['bytes'] < checkpoint.stat().st_size * 0.7
    assert sorted(p.name for p in folder.iterdir()) == [
        'epoch_1.pth', 'tiny.json', 'tiny.pth'
    ]  # fmt: skip
    kept = LandmarkDetector('tiny').model.state_dict()
    full = LandmarkDetector(tiny, checkpoint).model.state_dict()
    assert list(kept) == list(full)
    for name, value in full.items():
        # what half precision keeps of a number: eleven binary digits
        torch.testing.assert_close(kept[name], value, rtol=2**-11, atol=1e-7)


def test_names_lead_to_weights(folder, trained):
    write_release('tiny', *trained, {})
    loaded = load_config('tiny')
    assert find_checkpoint(loaded) == str(folder / 'tiny.pth')
    # JSON has lists where a config has tuples
    assert json.dumps(loaded.model) == json.dumps(trained[0].model)
    with pytest.raises(InputError, match='or one of tiny'):
        load_config('no_such')


@pytest.mark.parametrize(
    ('harm', 'message'),
    [
        (lambda path: path.unlink(), 'are not at'),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), 'is damaged'),
    ],
)
def test_weights_that_are_not_the_cards(folder, trained, harm, message):
    write_release('tiny', *trained, {})
    harm(folder / 'tiny.pth')
    with pytest.raises(InputError, match=message):
        load_config('tiny')


def test_too_large_to_release(folder, trained):
    large = folder / 'large.pth'
    weights = {'weight': torch.zeros(MAX_BYTES // 2 + 1)}
    torch.save(dict(state_dict=weights), large)
    with pytest.raises(InputError, match='more than 25 MB'):
        write_release('tiny', trained[0], large, {})
    assert not (folder / 'tiny.pth').exists()
    assert not (folder / 'tiny.partial').exists()


def test_a_training_goes_on_with_weights_of_its_own(folder, trained, tmp_path):
    write_release('tiny', *trained, {})
    kept = tmp_path / 'run'
    kept.mkdir()
    load_config('tiny').dump(kept / 'tiny.py')
    (kept / 'best_1.pth').touch()
    assert find_checkpoint(load_config(kept)) == str(kept / 'best_1.pth')


def test_what_only_the_training_machine_has_is_left_out(folder, trained):
    tiny, checkpoint = trained
    tiny.work_dir = 'somewhere'
    tiny.custom_hooks.append(dict(type='LoadPretrainedHook', checkpoint='a.pth'))
    card = write_release('tiny', tiny, checkpoint, {})
    assert 'work_dir' not in card['config']
    assert 'LoadPretrainedHook' not in json.dumps(card['config'])
    tiny.scheme = 'data/mine/scheme.json'
    with pytest.raises(InputError, match='no known scheme'):
        write_release('other', tiny, checkpoint, {})


def test_a_number_too_large_for_half_precision(folder, trained):
    torch.save(dict(state_dict={'weight': torch.tensor([7e4])}), folder / 'large.pth')
    with pytest.raises(InputError, match='does not hold the values of weight'):
        write_release('large', trained[0], folder / 'large.pth', {})


def test_a_damaged_card(folder, trained):
    write_release('tiny', *trained, {})
    card = folder / 'tiny.json'
    card.write_text(card.read_text()[:100])
    with pytest.raises(InputError, match=r'tiny\.json is damaged'):
        load_config('tiny')


def test_all_are_shipped():
    assert {'ceph19', 'ceph19-light', 'face68', 'fasseg6'} <= set(SHIPPED)


@pytest.mark.parametrize('name', SHIPPED)
def test_shipped_cards_are_whole(name):
    card = read_card(name)
    for field in ('data', 'licence', 'recipe', 'results', 'date', 'sha256', 'config'):
        assert card[field], field
    assert card['bytes'] < MAX_BYTES
    text = json.dumps(card)
    assert '/work' not in text
    assert '/root' not in text


@pytest.mark.parametrize('name', [name for name in SHIPPED if name != 'fasseg6'])
def test_shipped_weights_find_their_points(name):
    image, box = np.zeros((240, 200), np.uint8), [[20, 20, 180, 200]]
    (found,) = LandmarkDetector(name)(image, box)
    points = int(re.search(r'\d+', name)[0])  # 'ceph19-light' finds 19
    assert found.points.shape == (points, 2)
    assert np.isfinite(found.expected_errors).all()


def test_the_shipped_parser_finds_parts():
    pytest.importorskip('mmseg')
    gray = np.full((60, 50), 128, np.uint8)
    mask = FaceParser('parts')(gray)
    assert mask.labels.shape == (60, 50)
    assert mask.names[1:] == ('skin', 'hair and eyebrows', 'nose', 'mouth', 'eyes')
