"""Which calibration a release takes."""

import json
from argparse import Namespace

import pytest
import torch
from mmengine.config import Config
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.cli import release
from mmlandmark.engine.config import load_config
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.calibration_file import write_calibration
from mmlandmark.schemes.from_config import scheme_of


@pytest.fixture
def trained(tmp_path):
    """A config, and a checkpoint beside its calibration."""
    config = load_config(ROOT / 'tests' / 'tiny.py')
    checkpoint = tmp_path / 'run' / 'epoch_1.pth'
    checkpoint.parent.mkdir()
    torch.save({}, checkpoint)
    points = scheme_of(config).points
    known = Calibration(2.0, 0.5, 1.0, dict.fromkeys(points, 1.5), 3.0)
    write_calibration(checkpoint, known, 'val.json', 30)
    return config, checkpoint


def taken(config, checkpoint, calibration=None):
    arguments = Namespace(calibration=calibration, name='a')
    return release.calibration_of(arguments, config, checkpoint)


def test_the_calibration_beside_the_checkpoint(trained):
    found = taken(*trained)
    assert (found['slope'], found['images']) == (0.5, 30)


def test_a_named_calibration_may_be_of_other_weights(trained, tmp_path):
    config, checkpoint = trained
    other = tmp_path / 'other.json'
    values = json.loads((checkpoint.parent / 'calibration.json').read_text())
    other.write_text(json.dumps(values | dict(slope=0.7, checkpoint_sha256='0')))
    assert taken(config, checkpoint, other)['slope'] == 0.7


def test_a_calibration_of_other_weights_is_refused(trained):
    config, checkpoint = trained
    torch.save({'a': 1}, checkpoint)
    with pytest.raises(InputError, match='of other weights: calibrate'):
        taken(config, checkpoint)


def test_no_calibration_is_said(trained, capsys):
    config, checkpoint = trained
    (checkpoint.parent / 'calibration.json').unlink()
    assert taken(config, checkpoint) is None
    assert 'note: a will have no expected errors' in capsys.readouterr().err


def test_face_parts_have_no_calibration(tmp_path, capsys):
    parts = Config(dict(parts='lapa11'))
    assert taken(parts, tmp_path / 'a.pth') is None
    assert capsys.readouterr().err == ''
    with pytest.raises(InputError, match='--calibration is not for a config of face'):
        taken(parts, tmp_path / 'a.pth', tmp_path / 'calibration.json')
