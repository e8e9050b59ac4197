"""The whole way on synthetic heads: draw, prepare, train, test, infer, plot.

Every step is the command a user would type, and is printed. The figures it ends with are
of drawn heads: they show that the installation works, not how good the method is.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from .. import synthetic
from ..errors import InputError

CONFIG = 'configs/ceph_hrnetv2_demo.py'


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--heads', type=int, default=400, help='how many to draw')
    parser.add_argument('--epochs', type=int, help="default: the config's")
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--data', type=Path, default=Path('data/demo'))
    parser.add_argument('--out', type=Path, default=Path('work_dirs/demo'))
    return parser.parse_args()


def step(title, *command, log=False):
    """Print and run one tool; of one that logs, only the epochs are shown."""
    print(f'\n== {title}\n   python {" ".join(map(str, command))}', flush=True)
    start = time.time()
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if not log:
            print('   ' + line, end='', flush=True)
        elif epoch := re.search(r'Epoch\((?:train|val)\).*?(?=data_time|$)', line):
            print('   ' + epoch[0].rstrip()[:100], flush=True)
    if process.wait():
        raise InputError(f'{title} failed with status {process.returncode}, see above')
    print(f'   {time.time() - start:.0f} s', flush=True)


def forget(out):
    """Take away what an earlier demo trained: a second training may not mix with it."""
    for pattern in ('epoch_*.pth', 'best_*.pth', '2*/vis_data/scalars.json'):
        for path in out.glob(pattern):
            path.unlink()


def draw(args):
    """Write the heads as the photograph set comes: a pickled DataFrame."""
    print(f'== draw {args.heads} synthetic heads, seed {args.seed}')
    args.data.mkdir(parents=True, exist_ok=True)
    path = args.data / 'synthetic.pkl'
    synthetic.photo_frame(args.heads, args.seed).to_pickle(path)
    return path


def main():
    args = parse_args()
    start = time.time()
    pickle, prepared, metrics = (
        draw(args),
        args.data / 'photo',
        args.out / 'metrics.json',
    )
    step(
        'prepare',
        *('tools/prepare_data.py', 'photo-pickle', '--src', pickle),
        *('--out', prepared, '--overwrite'),
    )
    epochs = []
    if args.epochs:
        epochs = [
            f'train_cfg.max_epochs={args.epochs}',
            f'param_scheduler.1.T_max={args.epochs}',
        ]
    options = ['--cfg-options', *epochs] if epochs else []
    run = ['--data', prepared, '--work-dir', args.out]
    forget(args.out)
    step('train', 'tools/train.py', CONFIG, *run, '--bf16', *options, log=True)
    step('test', 'tools/test.py', CONFIG, *run, '--mean-shape', '--out', metrics)
    checkpoint = json.loads(metrics.read_text())['checkpoint']
    names = json.loads((prepared / 'test.json').read_text())['images']
    image = prepared / 'images' / names[0]['file_name']
    step(
        'inference',
        *('tools/inference.py', '--img', image, '--config', CONFIG),
        *('--checkpoint', checkpoint, '--out', args.out),
    )
    step('curves', 'tools/analyze.py', args.out)
    report(args, metrics, image, time.time() - start)


def report(args, metrics, image, seconds):
    """What the demo ends with."""
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
