"""``mmlandmark COMMAND``: finds the command's module, parses its options and runs it.

A command is a module with ``build_parser()`` and ``main(args)``. The parser needs neither
torch nor MMPose, which are imported inside functions, so ``--help`` and mistakes in options
are answered immediately.

argparse parses the options: it is in the standard library, loads in
milliseconds, and users of MMPose know its messages.
"""

from __future__ import annotations

import difflib
import importlib
import sys

from ..version import __version__
from .common import MISTAKE, run

#: Every command and its purpose, in the order of the help.
COMMANDS = {
    'config': 'list the packaged configs, or copy one to change it',
    'train': 'train a config',
    'test': 'measure a checkpoint: MRE and SDR, or NME, FR and AUC',
    'predict': 'find points, or face parts, in images',
    'video': 'find points in a video and follow them',
    'prepare': 'convert a data set to a folder that configs can read',
    'convert': 'convert annotations from one format to another',
    'merge': 'join prepared data sets into one',
    'scheme': 'show the points of a scheme with their definitions',
    'browse': 'draw a contact sheet of images with their points',
    'compare': 'train and measure several configs on the same data',
    'calibrate': "fit a model's expected errors on held-out images",
    'robustness': 'measure errors under pose, resolution, noise and occlusion',
    'models': 'list the released models, and fetch the face detector',
    'export': 'write a model as one ONNX or OpenVINO file',
    'report': 'measure lateral radiographs and write a report',
    'agree': 'compare observers: errors, bias, ICC, limits of agreement',
    'audit': 'rank the labels of a data set that are probably wrong',
    'select': 'choose the unlabelled images to label next',
    'web': 'find, correct and measure points in a browser',
    'label': 'write predictions as pre-annotations for CVAT or Label Studio',
    'benchmark': 'time training and prediction against stock MMPose',
    'release': 'write a trained model as one file with a model card',
    'demo': 'run all steps on drawn heads, to check the installation',
    'doctor': 'show what is installed and what is wrong',
    'curves': 'draw the loss and metric curves of a training',
    'lag': 'measure jitter and lag of points with and without the filter',
    'scr': 'compute the success classification rates of ISBI 2015',
    'convert-fan': 'convert the published weights of FAN',
    'mean-face': 'compute the mean face that head pose is estimated with',
}

#: Commands that need torch and MMPose; one line says so if these cannot be imported.
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
        'convert-fan',
    }
)


def main(command: str | None = None) -> None:
    """Run one command on ``sys.argv`` and exit.

    Args:
        command: Its name; None takes it from the command line.
    """
    if command is None:
        command = _named(sys.argv[1:])
        sys.argv = [f'mmlandmark {command}', *sys.argv[2:]]
    module = importlib.import_module(f'{__package__}.{command.replace("-", "_")}')
    args = module.build_parser().parse_args()
    run(lambda: module.main(args), command in NEED_STACK, vars(args))


def _named(arguments: list[str]) -> str:
    """The command that was typed; exits after ``--help``, ``--version`` and mistakes."""
    if not arguments or arguments[0] in ('-h', '--help', 'help'):
        print(_help())
        sys.exit(0 if arguments else MISTAKE)
    command = arguments[0]
    if command == '--version':
        print(f'mmlandmark {__version__}')
        sys.exit(0)
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        advice = f'did you mean {near[0]}?' if near else 'mmlandmark --help lists all'
        print(f'error: there is no command {command!r}: {advice}', file=sys.stderr)
        sys.exit(MISTAKE)
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
