"""Train and measure several configs on the same data.

mmlandmark compare CONFIG CONFIG ... --data points.csv --out work_dirs/compare

Writes comparison.md, comparison.csv and comparison.png to --out, and the training of each
config to a folder in it. For face parts the table also has the mean of all networks, and
comparison_parts.png shows their predictions. An interrupted comparison is continued:
finished trainings are only measured.
"""

import shlex
import subprocess
import sys
from pathlib import Path

from ..errors import InputError
from . import common

BLOCKS, STEPS = 5, 10  # blocks in which a network is timed, and crops per block


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'configs',
        nargs='+',
        metavar='CONFIG',
        help='two or more config files, or names of packaged configs',
    )
    common.add_data(parser)
    common.add_split(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/compare'),
        help='the folder to write; default: work_dirs/compare',
    )
    parser.add_argument('--bf16', action='store_true', help='as for mmlandmark train')
    common.add_cfg_options(parser)
    return parser


def main(args):
    from ..benchmark import comparison

    named = comparison.named_configs(args.configs, args.out)
    configs = {name: load(args, path, name) for name, path in named.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    runs, failed = run_all(args, configs)
    sys.stderr.writelines(failed)
    if len(runs) > 1:
        comparison.refuse_other_images(runs)
        write(args, runs)
    return common.SKIPPED if failed else 0


def load(args, path, name):
    """The config as train and test will load it."""
    from ..engine.config import load_config

    config = load_config(path, common.cfg_options(args.cfg_options), args.data)
    config.work_dir = str(args.out / name)
    config.pop('released', None)  # the best checkpoint does not exist yet
    return config


def run_all(args, configs):
    """The runs that succeeded, and one line for each that failed."""
    from ..benchmark import comparison

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


def train_and_test(args, path, config, log):
    """Train and test a config unless this is done; the results are in the run's folder."""
    from ..benchmark.comparison import run_state
    from ..engine.config import find_checkpoint

    shared = ['--work-dir', folder := Path(config.work_dir)]
    shared += ['--data', args.data] if args.data else []
    shared += ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    words = dict(absent='training', partial='resuming', complete='trained already')
    print(words[state := run_state(config)], end=', ', flush=True)
    if state != 'complete':
        flags = ['--resume'] * (state == 'partial') + ['--bf16'] * args.bf16
        call(log, 'train', path, *flags, *shared)
    print('testing', end=', ', flush=True)
    more = ['--split', args.split] if args.split else []
    more += ['--out', folder / 'metrics.json', '--per-image', folder / 'errors.csv']
    call(log, 'test', path, find_checkpoint(config), *more, *shared)


def call(log, command, *arguments):
    """Run a command in its own process, as MMEngine has global state."""
    from ..benchmark.comparison import last_error

    log.flush()
    words = [*common.PROGRAM, command, *map(str, arguments)]
    done = subprocess.run(words, stdout=log, stderr=subprocess.STDOUT)
    if status := done.returncode:
        text = Path(log.name).read_text(encoding='utf-8', errors='replace')
        raise InputError(last_error(text, status))


def write(args, runs):
    """Write the table, as Markdown, CSV and on the screen, and the curves."""
    import torch

    from ..benchmark import comparison, comparison_table, part_comparison
    from ..evaluation.tables import print_rows
    from ..io.writing import write_image
    from ..visualization.curves import plot_runs

    rows = comparison_table.rows_of(runs, BLOCKS, STEPS)
    more = []
    if part_comparison.is_of_parts(runs):
        mean = part_comparison.ensemble_row(runs, rows)
        more = [part_comparison.gain(rows, mean)]
        rows.append(mean)
        picture = part_comparison.row_picture(runs)
        write_image(part_comparison.picture_path(args.out), picture)
    how = f'ms: a crop to the result in float32, median of {BLOCKS * STEPS}'
    command = f'`{shlex.join(["mmlandmark", "compare", *sys.argv[1:]])}`'
    threads = f'threads: {torch.get_num_threads()}'
    text = comparison_table.document(rows, runs, [*more, threads, how, command])
    (args.out / 'comparison.md').write_text(text, encoding='utf-8')
    comparison_table.write_csv(rows, args.out / 'comparison.csv')
    plot_runs({r.name: r.config.work_dir for r in runs}, args.out / 'comparison.png')
    print_rows(str(args.out / 'comparison.md'), comparison_table.transposed(rows))
    if unlike := comparison.differences(runs):
        print(f'different conditions: {unlike}')
