"""What the tools share: one line for a user's mistake, and how results are printed."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .. import errors

#: What the system says of a full or failing disk. A write that fails names no file.
_STORAGE = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EROFS}
_STORAGE |= {getattr(errno, 'EDQUOT', errno.ENOSPC)}  # not on Windows


def run(main: Callable[[], None], needs_stack: bool = True) -> None:
    """Run a tool; print what the user got wrong as one line and exit with status 2."""
    try:
        if needs_stack:
            require_stack()
        main()
    except errors.InputError as error:
        # a data-loading worker hands its error over with the traceback in front
        sys.exit(_fail(str(error).strip().splitlines()[-1].split('InputError: ')[-1]))
    except OSError as error:
        if error.filename is None and error.errno not in _STORAGE:
            raise
        where = f': {error.filename}' if error.filename is not None else ''
        sys.exit(_fail(f'{error.strerror}{where}'))
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        # PyTorch's message names the process and the signal in its first line
        line = str(error).strip().splitlines()[0].rstrip('. ')
        sys.exit(
            _fail(
                f'{line}: a data-loading process was ended, mostly for want of memory. '
                'Take a smaller batch_size, or num_workers=0 and persistent_workers=False'
            )
        )
    except KeyboardInterrupt:
        sys.exit(_fail('stopped'))


def positive(kind: type) -> Callable[[str], float]:
    """A type for argparse: a number above zero."""

    def parse(text: str):
        value = kind(text)
        if not 0 < value < float('inf'):
            raise argparse.ArgumentTypeError(f'{text} is not above zero')
        return value

    return parse


def share(text: str) -> float:
    """A type for argparse: a share from 0 to below 1."""
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f'{text} is no share between 0 and 1')
    return value


def add_where(parser: argparse.ArgumentParser) -> None:
    """Options for where a detector runs, and what runs it."""
    from ..inference.backends.runtimes import BACKENDS

    parser.add_argument('--device', help='such as cpu or cuda:0')
    parser.add_argument(
        '--backend',
        choices=BACKENDS,
        default='auto',
        help='default: the fastest there is',
    )


def cfg_options(words: Sequence[str] | None) -> dict[str, Any] | None:
    """What ``--cfg-options KEY=VALUE ...`` says, as MMEngine reads it.

    Raises:
        InputError: A word is not KEY=VALUE.
    """
    from mmengine.config import DictAction  # here: an exported model runs without

    if words is None:
        return None
    for word in words:
        if '=' not in word:
            raise errors.InputError(f'--cfg-options {word}: give KEY=VALUE')
    given = argparse.Namespace(options=None)
    try:
        DictAction([], 'options')(argparse.ArgumentParser(), given, words)
    except (AssertionError, ValueError) as error:  # a bracket that is never closed
        raise errors.InputError(f'--cfg-options: {error}') from None
    return given.options


def _fail(message: str) -> int:
    print(f'error: {message}', file=sys.stderr)
    return 2


def require_stack() -> None:
    """Raise :class:`~.errors.InputError` where torch or MMPose do not import."""
    import mmlandmark

    if (error := mmlandmark.stack_error) is not None:
        raise errors.InputError(
            f'the training stack does not work ({error}); '
            'python -m mmlandmark.doctor says more'
        )
