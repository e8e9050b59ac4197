"""Write a trained model as one file that runs without torch, with a model card.

mmlandmark release work_dirs/RUN --name ceph19 --metrics metrics.json \\
    --data "ISBI 2015 radiographs 001-150" --licence "non-commercial research" \\
    --recipe "mmlandmark train configs/RUN.py --bf16"
"""

import json
import sys
from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser)
    parser.add_argument('--name', required=True, help='name of the released model')
    parser.add_argument(
        '--data', required=True, help='description of the training data'
    )
    parser.add_argument('--licence', required=True, help='licence of the training data')
    parser.add_argument(
        '--recipe', required=True, help='the commands that trained the model'
    )
    parser.add_argument(
        '--metrics',
        required=True,
        type=Path,
        help='the JSON file that test --out wrote',
    )
    parser.add_argument(
        '--calibration',
        type=Path,
        help='the calibration.json that calibrate wrote, if it is not beside the '
        'checkpoint',
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='the folder to write; default: the released weights of the package',
    )
    return parser


def main(args):
    from ..engine.config import find_checkpoint, load_config
    from ..engine.model_zoo import FOLDER
    from ..inference.export.release import write_release
    from ..utils.checksum import sha256

    config = load_config(args.config)
    checkpoint = args.checkpoint or find_checkpoint(config)
    measured = read_json(args.metrics)
    if measured.get('checkpoint_sha256') != sha256(checkpoint):
        raise InputError(f'{args.metrics} was not measured with {checkpoint}')
    facts = dict(
        data=args.data,
        licence=args.licence,
        recipe=args.recipe,
        results=dict(
            dataset=Path(measured['dataset']).stem,
            images=measured['images'],
            boxes=measured.get('boxes'),
            metrics=measured['metrics'],
        ),
    )
    calibration = calibration_of(args, config, checkpoint)
    if calibration is not None:
        facts['calibration'] = calibration
    out = args.out or FOLDER
    out.mkdir(exist_ok=True)
    card = write_release(args.name, config, checkpoint, facts, out)
    print(f'{out / args.name}.onnx: {card["bytes"] / 1e6:.1f} MB, {card["sha256"]}')


def calibration_of(args, config, checkpoint):
    """The values of the calibration that is named, or of that beside the checkpoint.

    None for face parts, and where there is none. A named one may come from a training on
    fewer images, with others left out.
    """
    from ..evaluation.calibration import Calibration
    from ..schemes import get_scheme

    if 'parts' in config:
        if args.calibration is not None:
            raise InputError('--calibration is not for a config of face parts')
        return None
    if args.calibration is None:
        values = calibration_beside(checkpoint, args.name)
    else:
        values = read_json(args.calibration)
    if values is not None:
        Calibration.from_dict(values, get_scheme(config.scheme).points)
    return values


def calibration_beside(checkpoint, name):
    """The values of the calibration of these weights; None and a note without one."""
    from ..evaluation.calibration_file import calibration_path
    from ..utils.checksum import sha256

    path = calibration_path(checkpoint)
    if not path.is_file():
        text = f'note: {name} will have no expected errors: {path} does not exist'
        print(text, file=sys.stderr)
        return None
    values = read_json(path)
    if values.get('checkpoint_sha256') != sha256(checkpoint):
        raise InputError(
            f'{path} is of other weights: calibrate {checkpoint}, or name the file with '
            '--calibration'
        )
    return values


def read_json(path):
    """A JSON file that a command wrote."""
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise InputError(f'{path} is not a readable JSON file: {error}') from None
