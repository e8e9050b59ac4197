"""Run all steps on drawn heads: draw, prepare, train, test, predict, draw curves.

Every step is a command, which is printed as a user would type it. The figures at the end
are those of drawn heads: they show that the installation works, not how accurate the method
is.
"""

import json
import re
import shlex
import subprocess
import time
from pathlib import Path

from ..errors import InputError
from . import common

CONFIG = 'configs/ceph_hrnetv2_demo.py'


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        '--heads',
        type=common.positive(int),
        default=400,
        help='number of heads to draw; default: 400',
    )
    parser.add_argument(
        '--epochs',
        type=common.positive(int),
        help='number of epochs; default: as the config says',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the drawn heads; default: 0'
    )
    parser.add_argument(
        '--data',
        type=Path,
        default=Path('data/demo'),
        help='the folder of the drawn heads; default: data/demo',
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/demo'),
        help='the folder of the training and of its results; default: work_dirs/demo',
    )
    return parser


def main(args):
    if not Path(CONFIG).is_file():
        raise InputError(
            f'no {CONFIG} here: run the demo in a checkout of mmlandmark, which has it'
        )
    begun = time.time()
    drawn = draw(args)
    prepared, metrics = args.data / 'photo', args.out / 'metrics.json'
    step('prepare', 'photo-pickle', '--src', drawn, '--out', prepared, '--overwrite')
    delete_training(args.out)
    shared = (CONFIG, '--data', prepared, '--work-dir', args.out)
    step('train', *shared, '--bf16', *epoch_options(args.epochs), log=True)
    step('test', *shared, '--mean-shape', '--out', metrics)
    checkpoint = json.loads(metrics.read_text())['checkpoint']
    names = json.loads((prepared / 'test.json').read_text())['images']
    image = prepared / 'images' / names[0]['file_name']
    model = ('--model', CONFIG, '--checkpoint', checkpoint)
    step('predict', '--img', image, *model, '--out', args.out)
    step('curves', args.out)
    print_summary(args, metrics, image, time.time() - begun)


def draw(args):
    """Draw the heads to a pickled DataFrame, as the photograph set is published."""
    from .. import synthetic

    print(f'== draw {args.heads} synthetic heads, seed {args.seed}', flush=True)
    args.data.mkdir(parents=True, exist_ok=True)
    path = args.data / 'synthetic.pkl'
    synthetic.photo_frame(args.heads, args.seed).to_pickle(path)
    return path


def epoch_options(epochs):
    """The options of another number of epochs than the config's."""
    if not epochs:
        return []
    return [
        '--cfg-options',
        f'train_cfg.max_epochs={epochs}',
        f'param_scheduler.1.T_max={epochs}',
    ]


def step(command, *arguments, log=False):
    """Print and run one command; of one that logs, only the epochs are shown."""
    words = [command, *map(str, arguments)]
    print(f'\n== {command}\n   {shlex.join(["mmlandmark", *words])}', flush=True)
    begun = time.time()
    process = subprocess.Popen(
        [*common.PROGRAM, *words], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout or ():
        if not log:
            print('   ' + line, end='', flush=True)
        elif epoch := re.search(r'Epoch\((?:train|val)\).*?(?=data_time|$)', line):
            print('   ' + epoch[0].rstrip()[:100], flush=True)
    if process.wait():
        raise InputError(
            f'{command} failed with status {process.returncode}, see above'
        )
    print(f'   {time.time() - begun:.0f} s', flush=True)


def delete_training(out):
    """Delete what an earlier demo trained: a second training must not mix with it."""
    for pattern in ('epoch_*.pth', 'best_*.pth', '2*/vis_data/scalars.json'):
        for path in out.glob(pattern):
            path.unlink()


def print_summary(args, metrics, image, seconds):
    """Print the figures and files that the demo ends with."""
    result = json.loads(metrics.read_text())
    model, floor = result['metrics']['ceph/MRE_px'], result['mean_shape']['MRE_px']
    print(f'\nSynthetic heads, {result["images"]} for testing, 224x224 px:')
    print(f'  test MRE of the model               {model:6.2f} px')
    print(
        f'  test MRE of the mean training shape {floor:6.2f} px ({floor / model:.1f}x)'
    )
    print(f'  overlay  {args.out / (image.stem + "_overlay.png")}')
    print(f'  curves   {args.out / "curves.png"}')
    print(f'  metrics  {metrics}')
    print(f'  in {seconds:.0f} s')
