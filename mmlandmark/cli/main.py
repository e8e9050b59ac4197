"""``mmlandmark COMMAND``: finds the command's module and runs it.

Nothing is imported before the command is known, so ``mmlandmark --help`` answers at once.
argparse serves well here: it needs no installation, imports in milliseconds, and MMPose's
users know its messages.
"""

from __future__ import annotations

import difflib
import importlib
import sys

from ..version import __version__

#: Every command and what it is for, in the order of the help.
COMMANDS = {
    'train': 'train a config',
    'test': 'measure a checkpoint: MRE and SDR, or NME, FR and AUC',
    'predict': 'find the points, or the face parts, in images',
    'video': 'find and follow faces in a video',
    'prepare': 'turn a data set in its own format into a prepared folder',
    'browse': 'draw a contact sheet of a data set',
    'compare': 'train and measure several configs on the same data',
    'calibrate': "fit a model's expected errors on held-out images",
    'robustness': 'measure errors under pose, resolution, noise and occlusion',
    'export': 'write a model as one ONNX or OpenVINO file',
    'report': 'measure lateral radiographs and write a report',
    'web': 'serve the page to find, correct and measure points',
    'label': 'write predictions as pre-annotations for CVAT or Label Studio',
    'benchmark': 'time trainings and predictions, both sides in one call',
    'release': 'write released weights and their card',
    'demo': 'draw heads, then prepare, train, test and predict',
    'doctor': 'say what is installed and what is wrong',
    'curves': 'draw the loss and metric curves of a training run',
    'lag': 'measure jitter and lag of filtered points in a video',
    'scr': 'success classification rates of ISBI 2015',
    'convert-fan': 'convert the published weights of FAN',
    'mean-face': 'make the mean face by which head pose is found',
}

#: Commands that import torch and MMPose at once; where these are broken a line says so.
NEED_STACK = frozenset(
    {
        'train',
        'test',
        'browse',
        'compare',
        'calibrate',
        'robustness',
        'benchmark',
        'release',
    }
)


def main(command: str | None = None) -> None:
    """Run one command on ``sys.argv``.

    Args:
        command: Its name; None takes it from the command line.
    """
    from .common import require_stack, run  # here: --help needs neither

    if command is None:
        command = _named(sys.argv[1:])
        sys.argv = [f'mmlandmark {command}', *sys.argv[2:]]

    def start() -> None:
        if command in NEED_STACK:
            require_stack()
        module = importlib.import_module(f'{__package__}.{command.replace("-", "_")}')
        module.main()

    run(start, needs_stack=False)


def _named(arguments: list[str]) -> str:
    """The command that the user typed; help and mistakes end the process here."""
    if not arguments or arguments[0] in ('-h', '--help', 'help'):
        print(_help())
        sys.exit(0 if arguments else 2)
    command = arguments[0]
    if command == '--version':
        print(f'mmlandmark {__version__}')
        sys.exit(0)
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        advice = f'did you mean {near[0]}?' if near else 'mmlandmark --help lists them'
        print(f'error: no command {command!r}: {advice}', file=sys.stderr)
        sys.exit(2)
    return command


def _help() -> str:
    width = max(map(len, COMMANDS))
    rows = [f'  {name:<{width}}  {purpose}' for name, purpose in COMMANDS.items()]
    return '\n'.join(
        [
            'usage: mmlandmark COMMAND [options]',
            '',
            *rows,
            '',
            'mmlandmark COMMAND --help lists the options of a command.',
        ]
    )
