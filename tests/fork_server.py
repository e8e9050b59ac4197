"""Runs commands in processes that are forked after the slow imports.

A command spends FIGURE on importing torch and MMPose, and the tests run more
than a hundred. The fork server of ``multiprocessing`` imports them once, computes nothing,
and forks a process for each command.
"""

import contextlib
import functools
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import forkserver
from pathlib import Path
from unittest import mock

import pytest
from tests_support import ROOT

#: Seconds after which a command counts as stuck. Imports take a hundred on a busy computer.
LIMIT = 300

#: A command, as the entry point ``mmlandmark`` starts it.
COMMAND = ('-m', 'mmlandmark.cli')

#: OpenMP's threads wait for one another after every layer: on busy cores the smallest
#: networks then take minutes. The server has to know this when it loads torch.
ONE_THREAD = dict(OMP_NUM_THREADS='1')

PRELOAD = ['mmlandmark.engine.register', 'mmlandmark.inference', 'mmpose.apis']


@functools.cache
def forking():
    """The context whose processes are forked from the server; starts the server."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(PRELOAD)
    with mock.patch.dict(os.environ, ONE_THREAD):
        forkserver.ensure_running()
    return context


def run(
    *words,
    launcher=(),
    real=False,
    forks=False,
    limit=LIMIT,
    env=None,
):
    """Run a program in the repository's folder; as ``subprocess.run``.

    Args:
        *words: A script or ``-m`` and a module, and its arguments.
        launcher: What starts it in the place of Python, such as torchrun.
        real: Start a new interpreter instead of a fork.
        forks: Programs that it starts by ``subprocess.run`` are forked too.
        limit: Seconds after which it is killed with all it started; the test then fails.
        env: More environment variables; a new interpreter is started, as imports may
            read them.

    Returns:
        Its status and output.
    """
    command = [*map(str, launcher or [sys.executable]), *map(str, words)]
    start = functools.partial(_fork, forks=forks)
    if real or launcher or env:
        start = _start
    with tempfile.TemporaryDirectory() as folder:
        # files, as a pipe stays open for as long as a process that was left behind
        outputs = Path(folder, 'stdout'), Path(folder, 'stderr')
        for path in outputs:
            path.touch()
        process = start(command, outputs, env or {})
        code = _wait(process, limit)
        done = subprocess.CompletedProcess(
            command, code, *(path.read_text(encoding='utf-8') for path in outputs)
        )
    if code is None:
        output = f'{done.stdout}\n{done.stderr}'
        pytest.fail(f'killed after {limit} s: {" ".join(command)}\n{output}')
    return done


def kill_when(begun, command, step=0.05):
    """Start a program and kill it by ``kill -9`` once ``begun()`` is true."""
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        # sums differ in their last bit with the number of threads
        env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    deadline = time.time() + LIMIT
    while not begun() and time.time() < deadline:
        time.sleep(step)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _wait(process, limit: float) -> int | None:
    """The exit status; None if the process and all it started had to be killed."""
    code = None
    try:
        code = _joined(process, limit)
    finally:  # or after Ctrl-C, which a group of its own does not get
        if code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()  # where it was not yet the leader of the group
            _joined(process, None)
    return code


def _joined(process, limit: float | None) -> int | None:
    if isinstance(process, subprocess.Popen):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(limit)
        return process.returncode
    process.join(limit)
    return process.exitcode


def _start(command: list[str], outputs: tuple[Path, Path], env: dict):
    """A new interpreter, the leader of its own group of processes."""
    stdout, stderr = outputs
    with stdout.open('wb') as out, stderr.open('wb') as err:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD, **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def _fork(command: list[str], outputs: tuple[Path, Path], _env: dict, forks=False):
    """The same, forked from the server."""
    environment = {**os.environ, **ONE_THREAD}
    arguments = (command[1:], outputs, environment, _python_path(), forks)
    process = forking().Process(target=_become, args=arguments)
    process.start()
    return process


def _run_forked(run, command, **how):
    """``subprocess.run`` that forks Python programs; the caller must not use threads."""
    if command[0] != sys.executable:
        return run(command, **how)
    stdout = how.pop('stdout')
    assert how == dict(stderr=subprocess.STDOUT)
    pid = os.fork()
    if not pid:
        subprocess.run = run
        os.dup2(stdout.fileno(), 1)
        os.dup2(stdout.fileno(), 2)
        _execute(list(map(str, command[1:])))
        sys.exit()
    _, status = os.waitpid(pid, 0)
    return subprocess.CompletedProcess(command, os.waitstatus_to_exitcode(status))


@functools.cache
def _python_path() -> list[str]:
    """``sys.path`` of a new interpreter without its first folder."""
    code = 'import sys; print(*sys.path[1:], sep="|")'
    output = subprocess.check_output([sys.executable, '-c', code], text=True)
    return output.strip().split('|')


def _execute(words: list[str]) -> None:
    """Run a script, or ``-m`` and a module, as Python does."""
    if words[0] == '-m':
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name='__main__', alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name='__main__')


def _become(
    words: list[str],
    outputs: tuple[Path, Path],
    environment: dict,
    path: list[str],
    forks: bool,
) -> None:
    """Make a forked process like a new interpreter, and run the program in it."""
    import numpy as np

    os.setsid()
    gc.freeze()  # what the server imported need not be looked through
    for number, output in enumerate(outputs, start=1):
        with output.open('wb') as file:
            os.dup2(file.fileno(), number)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    first = str(ROOT) if words[0] == '-m' else str(Path(words[0]).parent)
    sys.path[:] = [first, *path]
    np.random.seed()  # every fork would draw the same
    multiprocessing.current_process().name = 'MainProcess'
    multiprocessing.set_start_method(None, force=True)  # not of the tests
    if forks:
        subprocess.run = functools.partial(_run_forked, subprocess.run)
    _execute(words)
