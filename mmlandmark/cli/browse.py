"""Draw a contact sheet of a config's images with their points.

mmlandmark browse configs/ceph_hrnetv2.py --out sheet.png
mmlandmark browse configs/ceph_hrnetv2.py --augmented --out sheet.png
"""

import argparse
from pathlib import Path

import numpy as np
from mmpose.registry import DATASETS

from ..engine.config import load_config
from ..engine.data import use_split
from ..errors import InputError
from ..io.image import write_image
from ..visualization.overlay import contact_sheet, draw_points
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config')
    parser.add_argument('--out', type=Path, required=True, help='a .png file')
    parser.add_argument('--data', help='a folder made by tools/prepare_data.py')
    parser.add_argument('--split', default='train')
    parser.add_argument('--count', type=common.positive(int), default=12)
    parser.add_argument(
        '--augmented', action='store_true', help='as training sees them'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def build(config, split, augmented):
    """The split as a dataset whose pipeline ends before the targets are made."""
    loader = config.train_dataloader if augmented else config.test_dataloader
    ends = ('GenerateTarget', 'PackLandmarkInputs', 'PackPoseInputs')
    steps = [s for s in loader.dataset.pipeline if s['type'] not in ends]
    dataset = {**loader.dataset, 'pipeline': steps}
    use_split(dataset, split)
    return DATASETS.build({**dataset, 'test_mode': True})


def picture(item, scheme):
    """One image as the network gets it, with its points."""
    points = item['transformed_keypoints'][0].astype(float)
    points[item['keypoints_visible'][0] == 0] = np.nan
    colours = item['img'][..., :3]  # depth is not drawn
    return draw_points(colours, points, scheme.labels, scheme.skeleton, min_side=500)


def main():
    args = parse_args()
    if args.out.suffix != '.png' or not args.out.parent.is_dir():
        raise InputError(
            f'--out {args.out} must be a .png file in a folder that exists'
        )
    np.random.seed(args.seed)
    config = load_config(args.config, common.cfg_options(args.cfg_options), args.data)
    dataset = build(config, args.split, args.augmented)
    count = min(args.count, len(dataset))
    chosen = np.random.default_rng(args.seed).permutation(len(dataset))[:count]
    pictures = [picture(dataset[int(i)], dataset.scheme) for i in chosen]
    write_image(args.out, contact_sheet(pictures, side=500))
    print(f'{args.out}: {count} of the {len(dataset)} images of {args.split}')
