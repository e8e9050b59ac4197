"""Time benchmark cases that do the same work.

Each case runs in its own process, so its peak memory is measured separately. The cases run
in alternating blocks, so a temporary slowdown of the machine affects all of them.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..errors import InputError

#: Seconds without output after which a case is ended.
LIMIT = 900.0

#: Seconds in which the process of a case must end by itself.
GRACE = 10.0

Step = Callable[[], object]


@dataclass
class BenchmarkCase:
    """One of the compared cases.

    Attributes:
        name: Name in the table.
        build: A module-level function, called in the case's own process, that returns the
            timed step.
        arguments: Keyword arguments of ``build``.
        seconds: Duration of each step, set by :func:`measure`.
        values: Return value of each step.
        peak_mb: Peak resident memory of the process or of one of its children, MiB.
    """

    name: str
    build: Callable[..., Step]
    arguments: dict
    seconds: list[float] = field(default_factory=list)
    values: list = field(default_factory=list)
    peak_mb: float = 0.0

    def row(self, reference: BenchmarkCase) -> dict:
        """Median and quartiles in ms, speed relative to another case, and peak memory."""
        low, median, high = np.quantile(self.seconds, (0.25, 0.5, 0.75))
        return {
            '': self.name,
            'ms': float(median * 1000),
            'quartiles': f'{low * 1000:.1f} to {high * 1000:.1f}',
            'times': len(self.seconds),
            'ratio': float(np.median(reference.seconds) / median),
            'peak MB': '-' if np.isnan(self.peak_mb) else round(self.peak_mb),
        }


def measure(
    cases: Sequence[BenchmarkCase], blocks: int, steps: int, limit: float = LIMIT
) -> None:
    """Run the cases in alternating blocks; the first step of a block is not counted.

    Args:
        cases: Their results are set.
        blocks: Number of blocks of each case.
        steps: Number of timed steps in a block.
        limit: Largest time to build a case or to run a block, seconds.

    Raises:
        InputError: A case cannot be built, or exceeds the limit.
    """
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(_worker(case, limit)) for case in cases]
        for _ in range(blocks):
            for case, pipe in zip(cases, workers, strict=True):
                pipe.send(steps)
                seconds, values = _answer(pipe, case, limit)
                case.seconds += seconds
                case.values += values
        for case, pipe in zip(cases, workers, strict=True):
            pipe.send(None)
            case.peak_mb = _answer(pipe, case, limit)


@contextlib.contextmanager
def _worker(case: BenchmarkCase, limit: float):
    """The pipe to a process that has built a case."""
    context = get_context('spawn')
    ours, theirs = context.Pipe()
    # not a daemon, as a data loader starts its own processes
    process = context.Process(target=_serve, args=(theirs, case.build, case.arguments))
    process.start()
    theirs.close()
    try:
        _answer(ours, case, limit)
        yield ours
    finally:
        ours.close()  # a waiting process ends
        process.join(GRACE)
        if process.is_alive():
            process.kill()
            process.join()


def _answer(pipe, case: BenchmarkCase, limit: float):
    if not pipe.poll(limit):
        raise InputError(f'{case.name}: no output within {limit:g} s, it was ended')
    try:
        answer = pipe.recv()
    except EOFError:
        raise RuntimeError('a measured process has ended unexpectedly') from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _serve(pipe, build: Callable[..., Step], arguments: dict) -> None:
    """Build a case, then run the requested numbers of steps until told to stop."""
    # suppress the output of building models
    warnings.simplefilter('ignore')
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            step = build(**arguments)
            pipe.send('built')
            while (steps := pipe.recv()) is not None:
                pipe.send(_block(step, steps))
            del step
            pipe.send(_peak_mb())
        except EOFError:
            pass  # the other end was closed
        except Exception as error:
            # not every exception can be pickled
            own = isinstance(error, (InputError, OSError))
            pipe.send(
                error if own else RuntimeError(f'{type(error).__name__}: {error}')
            )


def _block(step: Step, steps: int) -> tuple[list[float], list]:
    step()
    seconds, values = [], []
    for _ in range(steps):
        start = time.perf_counter()
        values.append(step())
        seconds.append(time.perf_counter() - start)
    return seconds, values


def _peak_mb() -> float:
    """Peak resident memory, MiB; NaN on Windows, where Python has no ``resource``."""
    try:
        import resource
    except ImportError:
        return float('nan')
    unit = 2**20 if sys.platform == 'darwin' else 2**10
    own, children = (
        resource.getrusage(who).ru_maxrss / unit
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    # on Linux ru_maxrss begins with the memory of the process that started this one
    with contextlib.suppress(OSError):
        status = Path('/proc/self/status').read_text(encoding='utf-8')
        if found := re.search(r'^VmHWM:\s+(\d+) kB', status, re.MULTILINE):
            own = int(found[1]) / 2**10
    return max(own, children)
