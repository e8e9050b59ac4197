import json

import pytest

from mmlandmark import InputError
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.calibration_file import find_calibration, write_calibration
from mmlandmark.utils.checksum import sha256

NAMES = ('sella', 'nasion')
FLAT = Calibration(1.5, 0.0, 0.0, {'sella': 1.0, 'nasion': 2.0}, 1.5)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'best.pth'
    path.write_bytes(b'weights')
    return path


def test_a_calibration_lies_beside_its_weights(checkpoint):
    assert find_calibration(checkpoint, NAMES) is None
    path = write_calibration(checkpoint, FLAT, 'data/val.json', 30)
    assert path == checkpoint.with_name('calibration.json')
    assert find_calibration(checkpoint, NAMES) == FLAT
    values = json.loads(path.read_text())
    assert (values['split'], values['images']) == ('data/val.json', 30)
    assert len(values['checkpoint_sha256']) == 64
    checkpoint.write_bytes(b'other weights')
    assert find_calibration(checkpoint, NAMES) is None


@pytest.mark.parametrize('text', ['{', '[1]', 'null'])
def test_a_damaged_file_is_reported(checkpoint, text):
    checkpoint.with_name('calibration.json').write_text(text)
    with pytest.raises(InputError, match='is not a calibration'):
        find_calibration(checkpoint, NAMES)


def test_other_points_are_refused(checkpoint):
    write_calibration(checkpoint, FLAT, 'data/val.json', 30)
    with pytest.raises(
        InputError, match='the calibration is of other points than porion'
    ):
        find_calibration(checkpoint, ('porion', 'nasion'))


def test_a_released_detectors_calibration_is_in_its_card(checkpoint):
    card = checkpoint.with_suffix('.json')
    values = dict(sha256=sha256(checkpoint), calibration=FLAT.to_dict())
    card.write_text(json.dumps(values))
    assert find_calibration(checkpoint, NAMES) == FLAT
    # a calibration on the user's own images goes before it
    own = Calibration(2.5, 0.0, 0.0, {'sella': 1.0, 'nasion': 1.0}, 2.5)
    write_calibration(checkpoint, own, 'data/mine/val.json', 12)
    assert find_calibration(checkpoint, NAMES) == own
    checkpoint.with_name('calibration.json').unlink()
    card.write_text(json.dumps(dict(sha256=sha256(checkpoint))))
    assert find_calibration(checkpoint, NAMES) is None
    card.write_text(json.dumps({**values, 'sha256': 'of other weights'}))
    assert find_calibration(checkpoint, NAMES) is None
