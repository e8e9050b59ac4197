"""Shared by the commands: options, exit statuses, error messages of one line."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .. import errors
from ..compat.stack import missing_of_lite, require_stack

#: Exit statuses besides 0 for success.
SKIPPED = 1  # some inputs could not be used; all others were
MISTAKE = 2  # the user has to change the input; an error message of one line says how
INTERRUPTED = 130  # Ctrl-C
CLOSED = 141  # the reader of the output has closed it, such as `head`

#: The command line by which a command starts another one in the same interpreter.
PROGRAM = (sys.executable, '-m', 'mmlandmark.cli')

#: The backends of :mod:`mmlandmark.inference.backends`, whose import takes a second.
BACKENDS = ('auto', 'torch', 'onnxruntime', 'openvino')

#: The formats of :mod:`mmlandmark.formats.registry`, whose import takes a second: those
#: that are written, and with them those that are only read.
WRITTEN = (
    *('coco', 'cvat', 'label-studio', 'csv', 'deeplabcut', 'sleap', 'yolo', 'labelme'),
    *('via', 'voc', 'tps', 'slicer', 'fcsv', 'webmorph', 'openpose'),
)
FORMATS = (
    *WRITTEN,
    *('photo-pickle', 'isbi2015', 'aariz', 'cepha29', 'cl-detection-2023'),
    *('cl-detection-2024', '300w', 'dlib', 'wflw', 'cofw', 'aflw19'),
)

#: Options whose names differ from the arguments of the library.
OPTIONS = {
    'spacing': 'mm_per_px',
    'root': 'src',
    'images': 'img',
    'source': 'from',
}


def run(
    start: Callable[[], int | None],
    needs_stack: bool = False,
    options: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Run a command and exit; a user's mistake is printed as one line.

    Args:
        start: The command; it returns an exit status, None for 0.
        needs_stack: Whether it needs torch and MMPose, which may not be installed.
        options: Values of the command's options by their ``dest``.

    Raises:
        SystemExit: With one of the statuses above.
    """
    _replace_what_cannot_be_encoded()
    try:
        if needs_stack:
            require_stack('this command')
        status = start()
        print(end='', flush=True)  # so that a closed output raises its error here
        sys.exit(status or 0)
    except errors.InputError as error:
        # the message of a data-loading worker begins with its traceback
        line = str(error).strip().splitlines()[-1].split('InputError: ')[-1]
        sys.exit(_fail(line + named_options(error, options)))
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _output_is_closed():
            sys.exit(CLOSED)
        where = f': {error.filename}' if error.filename is not None else ''
        sys.exit(_fail(f'{error.strerror or error}{where}'))
    except ModuleNotFoundError as error:
        if (module := missing_of_lite(error)) is None:
            raise
        sys.exit(_fail(f'this needs {module}: pip install mmlandmark'))
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        # PyTorch's message names the process and the signal in its first line
        line = str(error).strip().splitlines()[0].rstrip('. ')
        sys.exit(
            _fail(
                f'{line}: a data-loading process was killed, most often because memory '
                'ran out. Use a smaller batch_size, or num_workers=0 and '
                'persistent_workers=False'
            )
        )
    except KeyboardInterrupt:
        _fail('stopped')
        sys.exit(INTERRUPTED)


def named_options(error: errors.InputError, options: Mapping) -> str:
    """The options of a command for the arguments that an error names, in brackets.

    ``out=None`` becomes ``--out``, ``overwrite=True`` ``--overwrite`` and
    ``load_from='none'`` ``--load-from none``.

    Args:
        error: Names arguments of the library.
        options: Values of the command's options by their ``dest``; others are left out.
    """
    words = []
    for name, value in error.arguments.items():
        dest = name if name in options else OPTIONS.get(name, name)
        if dest in options:
            word = f'--{dest.replace("_", "-")}'
            words.append(word if value is None or value is True else f'{word} {value}')
    return f' ({", ".join(words)})' if words else ''


def _replace_what_cannot_be_encoded() -> None:
    """Print ``\\xb1`` where the output is ASCII and has no plus-minus sign."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):
            stream.reconfigure(errors='backslashreplace')


def _output_is_closed() -> bool:
    """Whether the reader of the output has closed it; then the output is discarded."""
    try:
        number = sys.stdout.fileno()
    except OSError:  # not a file of the system, such as in a notebook
        return False
    if hasattr(select, 'poll'):  # not on Windows
        state = select.poll()
        state.register(number, 0)  # register only for errors, which are always reported
        if not state.poll(0):
            return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return True


def _fail(message: str) -> int:
    with contextlib.suppress(OSError):
        print(f'error: {message}', file=sys.stderr)
    return MISTAKE


def new_parser(text: str) -> argparse.ArgumentParser:
    """A parser whose help begins with the unchanged docstring of a module."""
    return argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def positive(kind: type) -> Callable[[str], float]:
    """A type for argparse: a number above zero."""

    def parse(text: str):
        value = kind(text)
        if not 0 < value < float('inf'):
            raise argparse.ArgumentTypeError(f'{text} is not above zero')
        return value

    parse.__name__ = kind.__name__  # argparse names it: invalid int value: 'x'
    return parse


def fraction(text: str) -> float:
    """A type for argparse: a number from 0 to below 1."""
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not between 0 and 1')
    return value


def add_config(parser: argparse.ArgumentParser, checkpoint: bool = True) -> None:
    """``CONFIG`` and, for all but a training, ``[CHECKPOINT]``."""
    parser.add_argument(
        'config',
        help='a config file, the name of one in configs/, a released model, or the work '
        'folder of a training',
    )
    if checkpoint:
        parser.add_argument(
            'checkpoint', nargs='?', help='default: the best checkpoint of the training'
        )


def add_data(parser: argparse.ArgumentParser) -> None:
    """``--data``."""
    parser.add_argument(
        '--data',
        help='a prepared folder, the folder of a face data set, or a CSV file; default: '
        'the data that the config names',
    )


def add_split(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """``--split``."""
    text = default or 'the part on which the config tests'
    parser.add_argument(
        '--split', default=default, help=f'the part of the data; default: {text}'
    )


def add_work_dir(parser: argparse.ArgumentParser) -> None:
    """``--work-dir``."""
    parser.add_argument(
        '--work-dir', help='the folder of the training; default: work_dirs/CONFIG_NAME'
    )


def add_cfg_options(parser: argparse.ArgumentParser) -> None:
    """``--cfg-options``, as in MMPose's tools."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        metavar='KEY=VALUE',
        help='change values of the config, such as train_cfg.max_epochs=10',
    )


def add_launcher(parser: argparse.ArgumentParser) -> None:
    """``--launcher``, and the ``--local_rank`` that older launchers add."""
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm'],
        default='none',
        help='launcher of a distributed run; default: none',
    )
    parser.add_argument(
        '--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``."""
    parser.add_argument(
        '--device',
        help='where the network runs, such as cpu or cuda:0; default: a GPU if there is '
        'one',
    )


def add_backend(parser: argparse.ArgumentParser) -> None:
    """``--device`` and ``--backend``."""
    add_device(parser)
    parser.add_argument(
        '--backend',
        choices=BACKENDS,
        default='auto',
        help='the library that runs the network; default: auto, the fastest one that is '
        'installed',
    )


def add_model(parser: argparse.ArgumentParser, default: str = 'ceph19') -> None:
    """``--model``, or ``--config`` as MMPose calls it, and ``--checkpoint``."""
    parser.add_argument(
        '--model',
        '--config',
        default=default,
        help='a released model, an exported .onnx or .xml file, a config, or the work '
        f'folder of a training; default: {default}',
    )
    parser.add_argument(
        '--checkpoint', help='default: the best checkpoint of the training'
    )


def add_models(parser: argparse.ArgumentParser, default: str = 'ceph19') -> None:
    """:func:`add_model` that may be given several times, see :func:`models_of`."""
    parser.add_argument(
        '--model',
        '--config',
        action='append',
        help='a released model, an exported .onnx or .xml file, a config, or the work '
        'folder of a training; given several times, the points of these detectors are '
        f'averaged, weighted by their expected errors; default: {default}',
    )
    parser.set_defaults(default_model=default)
    parser.add_argument(
        '--checkpoint',
        help='the weights, if one model is given; default: the best checkpoint of its '
        'training',
    )


def models_of(args: argparse.Namespace) -> str | tuple[str, ...]:
    """The model of :func:`add_models`, or several.

    Raises:
        InputError: Several with a checkpoint, which is of one.
    """
    given = args.model or [args.default_model]
    if len(given) > 1 and args.checkpoint:
        raise errors.InputError(
            '--checkpoint goes with one --model: name each model by the work folder of '
            'its training'
        )
    return given[0] if len(given) == 1 else tuple(given)


def add_face_detector(parser: argparse.ArgumentParser) -> None:
    """``--face-detector``."""
    parser.add_argument(
        '--face-detector',
        nargs='+',
        metavar='DETECTOR',
        help="the detector of the faces: YuNet's .onnx file, haar, or CONFIG CHECKPOINT of "
        'a detector of MMDetection; default: YuNet, which is downloaded once',
    )


def add_spacing(parser: argparse._ActionsContainer) -> None:
    """``--mm-per-px``."""
    parser.add_argument(
        '--mm-per-px',
        type=positive(float),
        help='pixel spacing in mm per pixel; it replaces that of the image file',
    )


def add_low_confidence(parser: argparse.ArgumentParser, default: str) -> None:
    """``--low-confidence-mm``; None, where it is not given, leaves it to the library."""
    parser.add_argument(
        '--low-confidence-mm',
        type=positive(float),
        help='a point of a calibrated model has low confidence if its expected error is '
        f'larger; default: {default}',
    )


def cfg_options(words: Sequence[str] | None) -> dict[str, Any] | None:
    """The values of ``--cfg-options KEY=VALUE ...``, parsed as by MMEngine.

    Raises:
        InputError: A word is not KEY=VALUE.
    """
    from mmengine.config import (
        DictAction,
    )  # exported models do not need it

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


def config_of(args: argparse.Namespace, config: str | None = None):
    """The config with the options of :func:`add_data` and the others applied.

    Args:
        args: As parsed; options that the command does not have are left out.
        config: Another config than ``args.config``.
    """
    from ..engine.config import load_config
    from ..engine.data import use_split

    loaded = load_config(
        config or args.config,
        cfg_options(getattr(args, 'cfg_options', None)),
        getattr(args, 'data', None),
    )
    if getattr(args, 'work_dir', None):
        loaded.work_dir = args.work_dir
    if getattr(args, 'split', None):
        use_split(loaded.test_dataloader.dataset, args.split)
    return loaded


def quiet(config, subfolder: str) -> None:
    """Prepare a config for measuring: no start weights, few log lines, own folder.

    The config that the training kept stays as it is. :func:`find_checkpoint` has to be
    called before.
    """
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir += f'/{subfolder}'
