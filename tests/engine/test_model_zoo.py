import json
import re
import shutil

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from tests_support import ROOT

from mmlandmark import FaceParser, InputError, LandmarkDetector
from mmlandmark.engine import config, config_files, model_zoo
from mmlandmark.engine.config import find_checkpoint, load_config, released_config
from mmlandmark.engine.model_zoo import (
    card_digest,
    list_models,
    read_card,
    weights_file,
    weights_of,
)
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.inference.export import release
from mmlandmark.inference.export.release import MAX_BYTES, write_release
from mmlandmark.models.checkpoints.weights import load_weights, read_checkpoint
from mmlandmark.schemes.from_config import scheme_of

SHIPPED = list_models()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of releases that the package reads."""
    for module in (model_zoo, config, config_files):
        monkeypatch.setattr(module, 'FOLDER', tmp_path)
    for function in (
        read_card,
        card_digest,
        list_models,
        released_config,
        weights_file,
        write_release,
    ):
        monkeypatch.setattr(function, '__defaults__', (tmp_path,))
    return tmp_path


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A release of the tiny config, and the checkpoint that it was made of."""
    for module in ('onnx', 'onnxscript', 'onnxruntime'):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp('release')
    init_default_scope('mmpose')
    torch.manual_seed(0)
    tiny = load_config(ROOT / 'tests' / 'tiny.py')
    state = build_pose_estimator(tiny.model).state_dict()
    torch.save(dict(state_dict=state, meta=dict(epoch=1)), folder / 'epoch_1.pth')
    points = scheme_of(tiny).points
    known = Calibration(2.0, 0.5, 1.0, dict.fromkeys(points, 1.5), 3.0)
    facts = dict(data='drawn heads', calibration=known.to_dict())
    write_release('tiny', tiny, folder / 'epoch_1.pth', facts, folder)
    return folder


@pytest.fixture
def tiny(folder, made):
    """The name of that release, among those that the package knows."""
    for suffix in ('.json', '.onnx'):
        shutil.copy(made / f'tiny{suffix}', folder)
    return 'tiny'


@pytest.fixture
def trained(monkeypatch, made):
    """The tiny config and its checkpoint; a release of it is not exported, but 2 kB."""
    monkeypatch.setattr(
        release, 'export_model', lambda model, path, _: path.write_bytes(bytes(2000))
    )
    return load_config(ROOT / 'tests' / 'tiny.py'), made / 'epoch_1.pth'


def test_a_release_holds_all_that_it_was_made_of(folder, made, tiny):
    card = read_card(tiny)
    assert card['data'] == 'drawn heads'
    assert card['bytes'] == (folder / 'tiny.onnx').stat().st_size
    assert card['bytes'] < (made / 'epoch_1.pth').stat().st_size * 0.7
    assert sorted(path.name for path in made.iterdir()) == [
        'epoch_1.pth', 'tiny.json', 'tiny.onnx'
    ]  # fmt: skip
    kept = read_checkpoint(find_checkpoint(load_config(tiny)))['state_dict']
    full = torch.load(made / 'epoch_1.pth')['state_dict']
    left = {name for name in full if name.endswith('num_batches_tracked')}
    assert set(kept) == set(full) - left
    for name, value in kept.items():
        # values, whatever type they are stored in
        assert torch.equal(value.half(), full[name].half()), name
        assert torch.equal(value.half().float(), value.float()), name
    for backend in ('torch', 'onnxruntime'):
        detector = LandmarkDetector(tiny, backend=backend)
        assert detector.source == dict(name='tiny', sha256=card['sha256'])
        assert detector.calibration.slope == 0.5


def test_a_training_can_start_from_a_release(folder, tiny):
    loaded = load_config(tiny)
    model = build_pose_estimator(loaded.model)
    assert weights_of(tiny) == str(folder / 'tiny.onnx')
    assert weights_of('work_dirs/a.pth') == 'work_dirs/a.pth'
    report = load_weights(model, weights_of(tiny), names=scheme_of(loaded).points)
    assert not report.missing + report.mismatched + report.unused
    with pytest.raises(InputError, match='was trained for other points'):
        load_weights(model, weights_of(tiny), names=['nose'])


def test_names_lead_to_weights(folder, tiny):
    loaded = load_config(tiny)
    assert find_checkpoint(loaded) == str(folder / 'tiny.onnx')
    # JSON has lists where a config has tuples
    known = load_config(ROOT / 'tests' / 'tiny.py').model
    assert json.dumps(loaded.model) == json.dumps(known)
    with pytest.raises(InputError, match='did you mean tiny'):
        load_config('tinny')


@pytest.mark.parametrize(
    ('harm', 'message'),
    [
        (lambda path: path.unlink(), 'are not at'),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), 'is damaged'),
    ],
)
def test_weights_that_are_not_the_cards(folder, tiny, harm, message):
    harm(folder / 'tiny.onnx')
    for read in (load_config, LandmarkDetector):
        with pytest.raises(InputError, match=message):
            read(tiny)


def test_too_large_to_release(folder, trained, monkeypatch):
    monkeypatch.setattr(release, 'MAX_BYTES', 1000)
    with pytest.raises(InputError, match='more than 25 MB'):
        write_release('tiny', *trained, {})
    assert list(folder.iterdir()) == []


def test_a_training_goes_on_with_weights_of_its_own(tiny, tmp_path):
    kept = tmp_path / 'run'
    kept.mkdir()
    load_config(tiny).dump(kept / 'tiny.py')
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


def test_a_number_too_large_for_half_precision_is_kept(tmp_path):
    state = dict(mean=torch.tensor([1.5]), var=torch.tensor([7e4]), n=torch.tensor(3))
    torch.save(dict(state_dict=state), tmp_path / 'large.pth')
    kept = release._half_precision(tmp_path / 'large.pth')['state_dict']
    assert kept == state
    assert kept['mean'].dtype == torch.float16
    assert kept['var'].dtype == torch.float32
    assert kept['n'].dtype == torch.int64


def test_a_damaged_card(folder, tiny):
    card = folder / 'tiny.json'
    card.write_text(card.read_text()[:100])
    with pytest.raises(InputError, match=r'tiny\.json is damaged'):
        load_config('tiny')


def test_all_are_shipped():
    assert {'ceph19', 'face189', 'face68', 'face68-3d', 'fasseg6'} <= set(SHIPPED)


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
    points = int(re.search(r'\d+', name)[0])
    assert found.points.shape == (points, 2)
    assert np.isfinite(found.expected_errors).all()


def test_the_shipped_parser_finds_parts():
    gray = np.full((60, 50), 128, np.uint8)
    mask = FaceParser('parts')(gray)
    assert mask.labels.shape == (60, 50)
    assert mask.names[1:] == ('skin', 'hair and eyebrows', 'nose', 'mouth', 'eyes')
