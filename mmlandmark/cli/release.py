"""Make a released detector of a training: half precision, with a card.

mmlandmark release work_dirs/RUN --name ceph19 --metrics metrics.json \
    --data "ISBI 2015 radiographs 001-150" --licence "non-commercial research" \
    --recipe "tools/train.py configs/RUN.py --bf16"
"""

import argparse
import json
from pathlib import Path

from ..engine.config import find_checkpoint, load_config
from ..engine.model_zoo import FOLDER
from ..engine.release import write_release
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..schemes import get_scheme
from ..utils.checksum import sha256


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='a config, or the work folder of its training')
    parser.add_argument('checkpoint', nargs='?')
    parser.add_argument('--name', required=True)
    parser.add_argument('--data', required=True, help='what it was trained on')
    parser.add_argument('--licence', required=True, help='of those data')
    parser.add_argument('--recipe', required=True, help='the commands that trained it')
    parser.add_argument(
        '--metrics', required=True, type=Path, help='what tools/test.py --out wrote'
    )
    parser.add_argument(
        '--calibration', type=Path, help='what tools/calibrate.py wrote'
    )
    parser.add_argument('--out', type=Path, default=FOLDER)
    return parser.parse_args()


def read_json(path):
    """A JSON file that a tool wrote."""
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise InputError(f'{path} is no readable JSON: {error}') from None


def main():
    args = parse_args()
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
    if args.calibration:
        # it may be of a training on fewer images, which has some left to be measured on
        facts['calibration'] = read_json(args.calibration)
        points = get_scheme(config.scheme).points
        Calibration.from_dict(facts['calibration'], points)
    args.out.mkdir(exist_ok=True)
    card = write_release(args.name, config, checkpoint, facts, args.out)
    print(f'{args.out / args.name}.pth: {card["bytes"] / 1e6:.1f} MB, {card["sha256"]}')
