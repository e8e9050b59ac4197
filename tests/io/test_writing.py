"""What is written is read back equal, whatever its name; a full disk loses nothing."""

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmlandmark import InputError
from mmlandmark.io.load import load_image
from mmlandmark.io.pillow_files import read_values
from mmlandmark.io.pixels import as_bgr
from mmlandmark.io.writing import write_bytes, write_depth, write_image

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
quick = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
sides = st.integers(1, 24)


@quick
@given(
    data=st.data(), height=sides, width=sides, suffix=st.sampled_from(['png', 'bmp'])
)
def test_gray_and_colour_are_read_back_equal(tmp_path, data, height, width, suffix):
    colour = data.draw(st.booleans())
    shape = (height, width, 3) if colour else (height, width)
    pixels = data.draw(arrays(np.uint8, shape))
    write_image(tmp_path / f'a.{suffix}', pixels)
    if colour:
        np.testing.assert_array_equal(
            as_bgr(load_image(tmp_path / f'a.{suffix}').pixels), pixels
        )
    else:
        np.testing.assert_array_equal(
            load_image(tmp_path / f'a.{suffix}').pixels, pixels
        )


@quick
@given(data=st.data(), height=sides, width=sides)
def test_depth_is_read_back_in_sixteen_bits(tmp_path, data, height, width):
    finite = st.floats(-1e6, 1e6, width=32)
    depth = data.draw(arrays(np.float32, (height, width), elements=finite))
    scale = write_depth(tmp_path / 'd.png', depth, (width, height))
    assert (scale['min'], scale['max']) == (depth.min(), depth.max())
    values = read_values(tmp_path / 'd.png', 'depth map').astype(float)
    span = scale['max'] - scale['min']
    read = scale['min'] + values / 65535 * span
    np.testing.assert_allclose(read, depth, atol=span / 65535 * 0.51)


@quick
@given(data=st.data(), height=sides, width=sides)
def test_sixteen_bits_are_read_back_equal(tmp_path, data, height, width):
    values = data.draw(arrays(np.uint16, (height, width)))
    write_image(tmp_path / 'd.png', values)
    np.testing.assert_array_equal(read_values(tmp_path / 'd.png', 'depth map'), values)


@pytest.mark.parametrize('name', ['caf\udce9.png', 'e\u0301.png', 'x' * 251 + '.png'])
def test_any_name(tmp_path, name):
    """In a process of its own: OpenCV ended it at a name that is not UTF-8."""
    code = (
        'import sys; from pathlib import Path; import numpy as np; '
        'from mmlandmark.io import load_image, write_image; '
        'path = Path(sys.argv[1]); pixels = np.full((3, 4, 3), 7, np.uint8); '
        'write_image(path, pixels); '
        'assert (load_image(path).pixels[..., ::-1] == pixels).all()'
    )
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip('no file has such a name here')
    subprocess.run([sys.executable, '-c', code, str(tmp_path / name)], check=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_full_disk_keeps_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    write_image(path, PIXELS)

    def full(self, data):
        with self.open('wb') as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(Path, 'write_bytes', full)
    with pytest.raises(InputError, match=r'a\.png cannot be written: No space left'):
        write_image(path, PIXELS[::-1])
    monkeypatch.undo()
    np.testing.assert_array_equal(as_bgr(load_image(path).pixels), PIXELS)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    'name', ['none/a.png', 'a.xyz', 'a', 'folder.png', 'file/a.png']
)
def test_what_cannot_be_written(tmp_path, name):
    (tmp_path / 'folder.png').mkdir()
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='cannot be written'):
        write_image(tmp_path / name, PIXELS)
    assert {path.name for path in tmp_path.iterdir()} == {'folder.png', 'file'}


def test_bytes(tmp_path):
    write_bytes(tmp_path / 'a', b'one')
    write_bytes(tmp_path / 'a', b'two')
    assert (tmp_path / 'a').read_bytes() == b'two'
