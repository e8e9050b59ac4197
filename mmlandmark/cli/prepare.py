"""Turn a data set in its own format into one the configs read.

mmlandmark prepare photo-pickle --src FILE.pkl --out data/photo
mmlandmark prepare isbi2015 --src /path/to/isbi2015 --out data/isbi2015
mmlandmark prepare coco --src /path/to/export --out data/mine
mmlandmark prepare cvat --src annotations.xml --out data/mine
mmlandmark prepare label-studio --src export.json --out data/mine
"""

import argparse
from dataclasses import replace
from pathlib import Path

from .. import formats as readers
from .. import schemes
from ..datasets.preparation import prepare
from ..errors import InputError
from ..formats.coco import coco_scheme
from ..formats.cvat import cvat_scheme
from ..formats.label_studio import label_studio_scheme
from . import common

#: Formats that name their own points: their reader, and what makes a scheme of them.
LABELLED = {
    'coco': (readers.read_coco, coco_scheme),
    'cvat': (readers.read_cvat, cvat_scheme),
    'label-studio': (readers.read_label_studio, label_studio_scheme),
}


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('format', choices=['photo-pickle', 'isbi2015', *LABELLED])
    parser.add_argument('--src', required=True, type=Path)
    parser.add_argument('--out', required=True, type=Path)
    parser.add_argument(
        '--scheme',
        help='coco, cvat, label-studio: a known one; default: the points the file names',
    )
    parser.add_argument(
        '--category',
        help='coco: the one to read, where several have points',
    )
    parser.add_argument(
        '--max-side',
        type=common.positive(int),
        help='shrink images whose longer side is above this',
    )
    parser.add_argument(
        '--val', type=common.share, default=0.15, help='share of patients'
    )
    parser.add_argument(
        '--test', type=common.share, default=0.15, help='share of patients'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the split by patient')
    parser.add_argument('--overwrite', action='store_true')
    args = parser.parse_args()
    if args.category is not None and args.format != 'coco':
        parser.error(f'--category is for coco, not for {args.format}')
    return args


def read(args, report):
    """The samples of ``args.src`` and their scheme."""
    if args.format == 'photo-pickle':
        return readers.read_photo_pickle(args.src, report), schemes.PHOTO19
    if args.format == 'isbi2015':
        samples = readers.read_isbi2015(args.src, report)
        return [replace(s, split=isbi_split(s)) for s in samples], schemes.ISBI19
    reader, own_scheme = LABELLED[args.format]
    more = dict(category=args.category) if args.category is not None else {}
    if args.scheme:
        scheme = schemes.get_scheme(args.scheme)
    else:
        scheme = own_scheme(args.src, name=args.out.name, **more)
    return reader(args.src, scheme, report, **more), scheme


def isbi_split(sample):
    """Settings are chosen on 121-150, never on a test part."""
    return 'val' if sample.split == 'train' and sample.id > '120' else sample.split


def main():
    args = parse_args()
    if args.src.resolve().is_relative_to(args.out.resolve()):
        raise InputError(f'--src lies in --out {args.out}, which would be replaced')
    prepare.refuse_existing(args.out, args.overwrite)  # before hours of reading
    report = readers.ReadReport()
    samples, scheme = read(args, report)
    samples = prepare.split_samples(samples, (args.val, args.test), args.seed)
    summary = prepare.write_dataset(
        samples, scheme, args.out, report, args.max_side, args.overwrite
    )
    print('\n'.join(prepare.summary_lines(summary, args.out)))
