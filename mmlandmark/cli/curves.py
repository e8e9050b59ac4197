"""Draw a run's loss and metric curves: mmlandmark curves work_dirs/ceph_hrnetv2"""

import argparse
from pathlib import Path

from ..visualization.curves import plot_curves


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('work_dir', type=Path)
    parser.add_argument('--metric', help='default: MRE in mm, else in pixels, else NME')
    parser.add_argument('--out', type=Path, help='default: WORK_DIR/curves.png')
    args = parser.parse_args()
    out = args.out or args.work_dir / 'curves.png'
    metric = plot_curves(args.work_dir, out, args.metric)
    print(f'{out}: training loss' + (f' and {metric}' if metric else ''))
