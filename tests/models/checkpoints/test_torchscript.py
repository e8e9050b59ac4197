import pickle
import zipfile

import pytest
import torch
from torch import nn

from mmlandmark import InputError
from mmlandmark.models.checkpoints.fan import convert_fan_file
from mmlandmark.models.checkpoints.torchscript import is_torchscript, read_torchscript


class RestoresByCode(nn.Module):
    """Its code writes a file when it is loaded."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path
        self.values = 0

    @torch.jit.export
    def __getstate__(self) -> tuple[str, bool]:
        return self.path, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]) -> None:
        self.path = state[0]
        self.training = state[1]
        # its result is kept, or the compiler would leave the call out
        self.values = torch.from_file(state[0], True, 10).numel()

    def forward(self, x):
        return x


@pytest.fixture(scope='module')
def traced(tmp_path_factory):
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Conv2d(2, 4, 1), nn.BatchNorm2d(4))
    model = nn.Sequential(nn.Conv2d(3, 2, 3), inner).eval()
    path = tmp_path_factory.mktemp('traced') / 'model.zip'
    torch.jit.trace(model, torch.zeros(1, 3, 8, 8)).save(str(path))
    return model, path


def test_tensors_are_those_of_the_model(traced):
    model, path = traced
    assert is_torchscript(path)
    read, own = read_torchscript(path), model.state_dict()
    assert set(read) == set(own)
    for name, tensor in own.items():
        assert torch.equal(read[name], tensor), name


def test_code_is_not_run(tmp_path):
    path, written = tmp_path / 'hostile.zip', tmp_path / 'written'
    torch.jit.script(RestoresByCode(str(written))).save(str(path))
    with pytest.raises(InputError, match=r'without running its code') as caught:
        convert_fan_file(path, tmp_path / 'out.pth')
    assert 'torch.jit.load(FILE).state_dict()' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert not written.exists()
    torch.jit.load(str(path))
    assert written.exists()  # the file does what it is here for


class Runs:
    def __reduce__(self):
        return eval, ('1',)


def rewritten(source, target, name, data):
    """A copy of an archive with other content of one file."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, 'w') as new:
        for entry in old.namelist():
            new.writestr(entry, data if entry.endswith(name) else old.read(entry))
    return target


@pytest.mark.parametrize(
    ('name', 'data', 'message'),
    [
        ('data.pkl', pickle.dumps(Runs()), 'it names .*eval'),
        ('data.pkl', pickle.dumps({}), 'it holds no module'),
        ('data.pkl', b'', 'cannot be read without'),
        ('data/0', b'\0' * 4, 'another length'),
    ],
)
def test_hostile_files(traced, tmp_path, name, data, message):
    path = rewritten(traced[1], tmp_path / 'a.zip', name, data)
    with pytest.raises(InputError, match=message):
        read_torchscript(path)


def test_a_damaged_file(traced, tmp_path):
    damaged = bytearray(traced[1].read_bytes())
    weight = traced[0][0].weight.detach().numpy().tobytes()
    damaged[damaged.index(weight)] ^= 1
    (tmp_path / 'a.zip').write_bytes(damaged)
    with pytest.raises(InputError, match=r'the checksum of .* differs'):
        read_torchscript(tmp_path / 'a.zip')
