"""Which detector is used, and where its file comes from."""

import hashlib
import io
import urllib.error

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.face import finder as module
from mmlandmark.face import haar, yunet_file
from mmlandmark.face.finder import FaceFinder

DATA = b'a network'
EVEN = np.full((60, 60), 128, np.uint8)


@pytest.fixture(autouse=True)
def no_file(tmp_path, monkeypatch):
    """An empty cache, and no other file."""
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path / 'cache'))
    monkeypatch.delenv('MMLANDMARK_YUNET', raising=False)
    monkeypatch.delenv('MMLANDMARK_OFFLINE', raising=False)
    monkeypatch.setattr(yunet_file, 'SHA256', hashlib.sha256(DATA).hexdigest())
    monkeypatch.setattr(yunet_file, 'SIZE', len(DATA))
    module._fetched.cache_clear()
    yield
    module._fetched.cache_clear()


@pytest.fixture
def answers(monkeypatch):
    """What the addresses answer, in turn; the list of those asked."""
    given, asked = [], []

    def urlopen(address, timeout):
        asked.append(address)
        answer = given.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setattr(yunet_file.urllib.request, 'urlopen', urlopen)
    return given, asked


def test_the_file_is_fetched_once_and_kept(answers, capsys, tmp_path):
    given, asked = answers
    given += [DATA]
    path = yunet_file.fetch_yunet()
    assert path == tmp_path / 'cache' / yunet_file.NAME
    assert path.read_bytes() == DATA
    assert yunet_file.yunet_path() == path
    assert yunet_file.fetch_yunet() == path
    assert asked == [yunet_file.ADDRESSES[0]]
    (line,) = capsys.readouterr().err.splitlines()
    assert asked[0] in line
    assert str(path) in line
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    'first', [b'another', DATA + b'!', urllib.error.URLError('no route')]
)
def test_another_file_is_not_kept_and_the_next_address_is_asked(answers, first):
    given, asked = answers
    given += [first, DATA]
    assert yunet_file.fetch_yunet().read_bytes() == DATA
    assert asked == list(yunet_file.ADDRESSES)


def test_a_damaged_file_in_the_cache_is_fetched_again(answers):
    answers[0].append(DATA)
    path = yunet_file.cached_path()
    path.parent.mkdir()
    path.write_bytes(b'a netwerk')
    assert yunet_file.yunet_path() is None
    assert yunet_file.fetch_yunet().read_bytes() == DATA


def test_without_network_the_cascade_is_used_and_named_once(answers, capsys):
    answers[0].extend([urllib.error.URLError('no route')] * 2)
    find = FaceFinder()
    assert len(find(EVEN)) == 0
    assert len(find(EVEN)) == 0
    announced, line = capsys.readouterr().err.splitlines()
    assert announced.startswith('fetching')
    assert 'no route' in line
    assert 'MMLANDMARK_YUNET' in line
    assert 'Haar' in line
    assert find.name == 'haar'


@pytest.mark.parametrize('fetch', [True, False])
def test_no_fetch_where_it_is_forbidden(answers, capsys, monkeypatch, fetch):
    if fetch:
        monkeypatch.setenv('MMLANDMARK_OFFLINE', '1')
    assert FaceFinder(fetch=fetch).name == 'haar'
    assert answers[1] == []
    (line,) = capsys.readouterr().err.splitlines()
    assert ('MMLANDMARK_OFFLINE' in line) == fetch


def test_the_named_cascade_says_nothing(answers, capsys):
    assert FaceFinder('haar').name == 'haar'
    assert capsys.readouterr().err == ''
    assert answers[1] == []


@pytest.mark.parametrize('way', ['argument', 'variable'])
def test_a_named_file_that_is_not_there(monkeypatch, tmp_path, way):
    missing = str(tmp_path / 'none.onnx')
    if way == 'variable':
        monkeypatch.setenv('MMLANDMARK_YUNET', missing)
    with pytest.raises(InputError, match=r'none\.onnx'):
        FaceFinder(missing if way == 'argument' else None)(EVEN)


def test_a_file_that_is_not_a_detector(tmp_path, capsys):
    path = tmp_path / 'a.onnx'
    path.write_bytes(b'something else')
    with pytest.raises(InputError, match='not a face detector'):
        FaceFinder(str(path))(EVEN)


@pytest.mark.parametrize('detector', ['haar', None])
def test_opencv_5_has_no_cascade(monkeypatch, detector):
    monkeypatch.setenv('MMLANDMARK_OFFLINE', '1')
    monkeypatch.delattr(cv2, 'CascadeClassifier')
    monkeypatch.delattr(haar._of_thread, 'cascade', raising=False)
    with pytest.raises(InputError, match=r'no Haar cascade: .*models download'):
        FaceFinder(detector)(EVEN)


@pytest.mark.parametrize('shape', [(120, 90), (120, 90, 3), (1, 1), (5, 300, 3)])
def test_the_cascade_finds_no_face_in_noise(shape):
    noise = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert len(FaceFinder('haar')(noise)) == 0
