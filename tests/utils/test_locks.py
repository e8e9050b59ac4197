import os
import subprocess
import sys

import pytest

from mmlandmark import InputError
from mmlandmark.utils.locks import exclusive

#: Holds a lock until its input ends; with a forked process of its own that lives on.
HOLD = """
import os, sys
from mmlandmark.utils.locks import exclusive
with exclusive(sys.argv[1], 'a training'):
    child = sys.argv[2] == 'forks' and not os.fork()
    if child or sys.argv[2] == 'alone':
        print('held', flush=True)
    sys.stdin.read()
    if child:
        os._exit(0)
"""

KINDS = ['alone', pytest.param('forks', marks=pytest.mark.skipif(
    not hasattr(os, 'fork'), reason='this system does not fork'))]  # fmt: skip


@pytest.fixture
def hold():
    """Start a process that holds a lock."""
    started = []

    def start(path, kind='alone'):
        process = subprocess.Popen(
            [sys.executable, '-c', HOLD, str(path), kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout.readline() == 'held\n'
        return process

    yield start
    for process in started:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize('name', ['', 'results.jsonl'])
def test_another_process_is_refused_with_the_number_of_the_first(tmp_path, hold, name):
    path = tmp_path / name
    process = hold(path)
    with pytest.raises(InputError) as caught, exclusive(path, 'a training'):
        pass
    assert str(caught.value) == (
        f'{path} is in use by a training (process {process.pid}): wait until it '
        'ends, or give another path'
    )
    process.stdin.close()
    process.wait()
    with exclusive(path, 'a training'):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('kind', KINDS)
def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, hold, kind):
    process = hold(tmp_path, kind)
    process.kill()
    process.wait()
    assert (tmp_path / '.lock').exists()
    with exclusive(tmp_path, 'a training'):
        assert (tmp_path / '.lock.pid').read_text() == str(os.getpid())
    assert not list(tmp_path.iterdir())


def refused(path, message):
    with pytest.raises(InputError, match=message), exclusive(path, 'a run'):
        pass


def test_one_process_does_not_hold_a_path_twice(tmp_path):
    with exclusive(tmp_path / 'a', 'a run'), exclusive(tmp_path / 'b', 'a run'):
        refused(tmp_path / 'a', f'process {os.getpid()}')
    with pytest.raises(KeyError), exclusive(tmp_path / 'a', 'a run'):
        raise KeyError
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('text', [None, '', 'x', '\xff'])
def test_a_holder_that_is_not_named(tmp_path, text):
    with exclusive(tmp_path, 'a run'):
        (tmp_path / '.lock.pid').unlink()
        if text is not None:
            (tmp_path / '.lock.pid').write_text(text, encoding='latin-1')
        refused(tmp_path, 'in use by a run: wait')
