"""Draw the loss and metric curves of a training.

mmlandmark curves work_dirs/ceph_hrnetv2
"""

from pathlib import Path

from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('work_dir', type=Path, help='the work folder of a training')
    parser.add_argument(
        '--metric',
        help='the metric to draw, such as ceph/MRE_mm; default: MRE in mm, else MRE in '
        'pixels, else NME',
    )
    parser.add_argument(
        '--out', type=Path, help='the .png file to write; default: WORK_DIR/curves.png'
    )
    return parser


def main(args):
    from ..visualization.curves import plot_curves

    out = args.out or args.work_dir / 'curves.png'
    metric = plot_curves(args.work_dir, out, args.metric)
    print(f'{out}: training loss' + (f' and {metric}' if metric else ''))
