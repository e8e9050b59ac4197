"""``mmlandmark COMMAND`` finds the module of the command, parses its options and runs it.

A command is a module of this package, with ``build_parser()`` and ``main(args)``, and a
line in :data:`GROUPS`. The parser needs neither torch nor MMPose, which are imported inside
functions, so ``--help`` and wrong options are answered immediately.

argparse parses the options: it is in the standard library, loads in
milliseconds, and users of MMPose know its messages.
"""

from __future__ import annotations

import difflib
import importlib
import sys

from ..version import __version__
from .common import MISTAKE, run

#: Every command and its purpose, by the headings of the help.
GROUPS = {
    'Use a model': {
        'predict': 'find points, or face parts, in images',
        'video': 'find points in a video and track the faces',
        'report': 'measure a lateral radiograph or a frontal face, write a report',
        'web': 'find, correct and measure points in a browser',
        'models': 'list the released models, and download the face detector',
    },
    'Prepare data': {
        'prepare': 'convert a data set to a folder that configs can read',
        'browse': 'draw a contact sheet of images with their points',
        'label': 'write predictions as pre-annotations for CVAT or Label Studio',
        'convert': 'convert annotations from one format to another',
        'merge': 'join prepared data sets into one',
        'scheme': 'show the points of a scheme with their definitions',
    },
    'Train and evaluate': {
        'config': 'list the packaged configs, or copy one to change it',
        'train': 'train the network of a config',
        'test': 'measure a checkpoint: MRE and SDR, or NME, FR and AUC',
        'curves': 'draw the loss and metric curves of a training',
        'compare': 'train and measure several configs on the same data',
        'calibrate': "fit a model's expected errors on held-out images",
        'robustness': 'measure the errors in changed images',
        'release': 'write a trained model as one file with a model card',
    },
    'Compare observers and labels': {
        'agree': 'compare observers: errors, bias, ICC, limits of agreement',
        'audit': 'rank the labels of a data set that are probably wrong',
        'select': 'choose the unlabelled images to label next',
        'scr': 'compute the success classification rates of ISBI 2015',
    },
    'Export and measure speed': {
        'export': 'write a model as one ONNX or OpenVINO file',
        'benchmark': 'measure the speed of training and prediction',
        'lag': 'measure jitter and lag of points with and without the filter',
    },
    'Check the installation': {
        'doctor': 'show what is installed and what is wrong',
        'demo': 'run all steps on drawn heads',
    },
    'Make files of the package': {
        'convert-fan': 'convert the published weights of FAN',
        'mean-face': 'compute the mean face for the estimation of head pose',
    },
}
COMMANDS = {
    name: purpose for group in GROUPS.values() for name, purpose in group.items()
}

#: Commands that need torch and MMPose; a message reports it if these cannot be imported.
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
    """The command in the arguments; exits after ``--help``, ``--version`` and errors."""
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
    lines = ['usage: mmlandmark COMMAND [options]', '']
    for heading, group in GROUPS.items():
        lines += [f'{heading}:']
        lines += [f'  {name:<{width}}  {purpose}' for name, purpose in group.items()]
        lines += ['']
    lines += [
        'mmlandmark COMMAND --help lists the options of a command. First steps:',
        '  mmlandmark predict --img xray.jpg',
        '  mmlandmark report --img xray.jpg --mm-per-px 0.1 --out report.html',
    ]
    return '\n'.join(lines)
