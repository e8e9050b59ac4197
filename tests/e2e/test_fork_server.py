"""A forked program behaves as a started one: status, output, what it sees, its end."""

import fcntl
import json
import sys
import time

import fork_server
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def program(tmp_path):
    """Writes a program; returns its path."""

    def write(text):
        path = tmp_path / 'program.py'
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize('real', [True, False])
@pytest.mark.parametrize(
    ('text', 'status', 'printed'),
    [
        ('import sys; sys.exit(3)', 3, ''),
        ('raise SystemExit("not so")', 1, 'not so\n'),
        ('import os, signal; os.kill(os.getpid(), signal.SIGTERM)', -15, ''),
        ('x = 1 / 0', 1, 'ZeroDivisionError: division by zero\n'),
    ],
)
def test_how_it_ends(program, real, text, status, printed):
    done = fork_server.run(program('print("begun", flush=True)\n' + text), real=real)
    assert done.returncode == status
    assert done.stdout == 'begun\n'
    assert done.stderr.endswith(printed)


SEEN = """
import json, multiprocessing, os, sys
print(json.dumps([
    __name__, __file__, sys.modules['__main__'].__file__, sys.argv, sys.path,
    sys.warnoptions, os.getcwd(), sorted(os.environ.items()), sys.stdin.read(),
    multiprocessing.get_start_method(), multiprocessing.current_process().name,
]))
"""


def test_what_it_sees(program, monkeypatch):
    monkeypatch.setenv('LATER', 'than the server')
    path = program(SEEN)
    real, forked = (fork_server.run(path, 'a', 2, real=real) for real in (True, False))
    assert forked.returncode == 0, forked.stderr
    assert json.loads(forked.stdout) == json.loads(real.stdout)


def test_every_fork_draws_other_numbers(program):
    path = program('import random, numpy; print(random.random(), numpy.random.rand())')
    one, two = (fork_server.run(path).stdout.split() for _ in range(2))
    assert one[0] != two[0]
    assert one[1] != two[1]


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_the_server_has_computed_nothing(program):
    """A process with threads cannot be forked safely."""
    done = fork_server.run(
        program(
            'import os, sys\n'
            'print("torch" in sys.modules, len(os.listdir(f"/proc/{os.getppid()}/task")))'
        )
    )
    assert done.stdout == 'True 1\n'


@pytest.mark.parametrize('real', [True, False])
def test_one_that_is_stuck_is_killed_with_what_it_started(program, tmp_path, real):
    path = program(
        'import fcntl, os, sys, time\n'
        'lock = open(sys.argv[1], "w")\n'
        'fcntl.flock(lock, fcntl.LOCK_EX)  # held until both have ended\n'
        'print("begun", flush=True)\n'
        'os.fork()\n'
        'time.sleep(600)'
    )
    with pytest.raises(pytest.fail.Exception, match='killed after 5 s') as failure:
        fork_server.run(path, tmp_path / 'lock', real=real, limit=5)
    assert 'begun' in str(failure.value)
    with (tmp_path / 'lock').open() as lock:
        deadline = time.time() + 60
        while not free(lock) and time.time() < deadline:
            time.sleep(0.05)
        assert free(lock)


def free(lock) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
