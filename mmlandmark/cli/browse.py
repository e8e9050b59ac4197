"""Draw a contact sheet of a config's images with their points.

mmlandmark browse configs/ceph_hrnetv2.py --out sheet.png
mmlandmark browse configs/ceph_hrnetv2.py --augmented --out sheet.png
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser, checkpoint=False)
    parser.add_argument(
        '--out', type=Path, required=True, help='the .png file to write'
    )
    common.add_data(parser)
    common.add_split(parser, 'train')
    parser.add_argument(
        '--count',
        type=common.positive(int),
        default=12,
        help='number of images; default: 12',
    )
    parser.add_argument(
        '--augmented',
        action='store_true',
        help='draw the augmented images that the network receives in training',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the random choice; default: 0'
    )
    common.add_cfg_options(parser)
    return parser


def main(args):
    import numpy as np

    from ..io.writing import write_image
    from ..visualization.overlay import contact_sheet

    if args.out.suffix != '.png' or not args.out.parent.is_dir():
        raise InputError(
            f'--out {args.out} must be a .png file in a folder that exists'
        )
    np.random.seed(args.seed)
    dataset = build(common.config_of(args), args.split, args.augmented)
    count = min(args.count, len(dataset))
    chosen = np.random.default_rng(args.seed).permutation(len(dataset))[:count]
    pictures = [picture(dataset[int(i)], dataset.scheme) for i in chosen]
    write_image(args.out, contact_sheet(pictures, side=500))
    print(f'{args.out}: {count} of the {len(dataset)} images of {args.split}')


def build(config, split, augmented):
    """The split as a dataset whose pipeline ends before the targets are made."""
    from mmpose.registry import DATASETS

    from ..engine.data import use_split

    loader = config.train_dataloader if augmented else config.test_dataloader
    ends = ('GenerateTarget', 'PackLandmarkInputs', 'PackPoseInputs')
    steps = [s for s in loader.dataset.pipeline if s['type'] not in ends]
    dataset = {**loader.dataset, 'pipeline': steps}
    use_split(dataset, split)
    return DATASETS.build({**dataset, 'test_mode': True})


def picture(item, scheme):
    """One image as the network receives it, with its points."""
    import numpy as np

    from ..visualization.overlay import draw_points

    points = item['transformed_keypoints'][0].astype(float)
    points[item['keypoints_visible'][0] == 0] = np.nan
    colours = item['img'][..., :3]  # depth is not drawn
    return draw_points(colours, points, scheme.labels, scheme.skeleton, min_side=500)
