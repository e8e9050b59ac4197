"""What the tools share: one line for a user's mistake, and how results are printed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from . import errors


def run(main: Callable[[], None]) -> None:
    """Run a tool; print what the user got wrong as one line and exit with status 2."""
    try:
        _require_stack()
        main()
    except errors.InputError as error:
        # a data-loading worker hands its error over with the traceback in front
        sys.exit(_fail(str(error).strip().splitlines()[-1].split('InputError: ')[-1]))
    except (
        PermissionError,
        NotADirectoryError,
        IsADirectoryError,
        FileExistsError,
    ) as e:
        sys.exit(_fail(f'{e.strerror}: {e.filename}'))
    except KeyboardInterrupt:
        sys.exit(_fail('stopped'))


def _fail(message: str) -> int:
    print(f'error: {message}', file=sys.stderr)
    return 2


def _require_stack() -> None:
    import mmlandmark

    if mmlandmark.stack_error is not None:
        raise errors.InputError(
            f'the training stack does not work ({mmlandmark.stack_error}); '
            'python -m mmlandmark.doctor says more'
        )
