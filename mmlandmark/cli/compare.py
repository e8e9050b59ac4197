"""Train and test configs on the same data: mmlandmark compare CONFIG CONFIG...

Writes comparison.md, comparison.csv and comparison.png to --out, and each config's run to
a folder in it; of face parts also the mean of all, and comparison_parts.png. Runs that are
there already are gone on with, whole ones only measured.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import torch

from ..benchmark import comparison, comparison_table, part_comparison
from ..engine.config import find_checkpoint, load_config
from ..errors import InputError
from ..evaluation.tables import print_rows
from ..io.image import write_image
from ..visualization.curves import plot_runs
from . import common

BLOCKS, STEPS = 5, 10  # turns in which a network is timed, and crops in a turn


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG')
    parser.add_argument('--data', help='a prepared folder, or a table, for all of them')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/compare'))
    parser.add_argument('--split', help='to test on, default: as the configs have it')
    parser.add_argument('--bf16', action='store_true', help='as for tools/train.py')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def load(args, path, name):
    """The config as the tools will have it."""
    config = load_config(path, common.cfg_options(args.cfg_options), args.data)
    config.work_dir = str(args.out / name)
    config.pop('released', None)  # its best is to come
    return config


def call(log, tool, *arguments):
    """Run a tool in a process of its own, as MMEngine keeps global state."""
    log.flush()
    command = [sys.executable, Path(__file__).with_name(f'{tool}.py'), *arguments]
    done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT)
    if status := done.returncode:
        said = Path(log.name).read_text(encoding='utf-8', errors='replace')
        raise InputError(comparison.last_error(said, status))


def train_and_test(args, path, config, log):
    """Do what is not done yet; the test leaves its figures in the run's folder."""
    common = ['--work-dir', folder := Path(config.work_dir)]
    common += ['--data', args.data] if args.data else []
    common += ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    said = dict(absent='training', partial='resuming', complete='trained already')
    print(said[state := comparison.run_state(config)], end=', ', flush=True)
    if state != 'complete':
        flags = ['--resume'] * (state == 'partial') + ['--bf16'] * args.bf16
        call(log, 'train', path, *flags, *common)
    print('testing', end=', ', flush=True)
    more = ['--split', args.split] if args.split else []
    more += ['--out', folder / 'metrics.json', '--per-image', folder / 'errors.csv']
    call(log, 'test', path, find_checkpoint(config), *more, *common)


def run_all(args, configs):
    """The runs that came to an end, and a line about each that did not."""
    done, failed = [], []
    for number, (name, config) in enumerate(configs.items(), start=1):
        log = args.out / f'{name}.log'
        print(f'{number}/{len(configs)} {name} ({log}): ', end='', flush=True)
        try:
            with log.open('w', encoding='utf-8') as file:
                train_and_test(args, args.configs[number - 1], config, file)
            done.append(comparison.read_run(name, config.work_dir))
            print('done')
        except InputError as error:
            print('failed')
            failed.append(f'error: {name} failed, see {log}: {error}\n')
    return done, failed


def write(args, runs):
    """The table, as Markdown, CSV and on the screen, and the curves."""
    rows = comparison_table.rows_of(runs, BLOCKS, STEPS)
    more = []
    if part_comparison.is_of_parts(runs):
        mean = part_comparison.ensemble_row(runs, rows)
        more = [part_comparison.gain(rows, mean)]
        rows.append(mean)
        picture = part_comparison.row_picture(runs)
        write_image(part_comparison.picture_path(args.out), picture)
    how = f'ms: a crop to the result in float32, median of {BLOCKS * STEPS}'
    command = f'`{shlex.join(["python", "tools/compare.py", *sys.argv[1:]])}`'
    threads = f'threads: {torch.get_num_threads()}'
    text = comparison_table.document(rows, runs, [*more, threads, how, command])
    (args.out / 'comparison.md').write_text(text, encoding='utf-8')
    comparison_table.write_csv(rows, args.out / 'comparison.csv')
    plot_runs({r.name: r.config.work_dir for r in runs}, args.out / 'comparison.png')
    print_rows(str(args.out / 'comparison.md'), comparison_table.transposed(rows))
    if unlike := comparison.differences(runs):
        print(f'different conditions: {unlike}')


def main():
    args = parse_args()
    named = comparison.named_configs(args.configs, args.out)
    configs = {name: load(args, path, name) for name, path in named.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    runs, failed = run_all(args, configs)
    sys.stderr.writelines(failed)
    if len(runs) > 1:
        comparison.refuse_other_images(runs)
        write(args, runs)
    sys.exit(1 if failed else 0)
