"""Convert a data set in its own format to a folder that configs can read.

mmlandmark prepare photo-pickle --src FILE.pkl --out data/photo
mmlandmark prepare isbi2015 --src /path/to/isbi2015 --out data/isbi2015
mmlandmark prepare coco --src /path/to/export --out data/mine
mmlandmark prepare cvat --src annotations.xml --out data/mine
mmlandmark prepare label-studio --src export.json --out data/mine
"""

from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from . import common

#: Formats whose files name their points.
LABELLED = ('coco', 'cvat', 'label-studio')


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('format', choices=['photo-pickle', 'isbi2015', *LABELLED])
    parser.add_argument(
        '--src', required=True, type=Path, help='the file or folder to read'
    )
    parser.add_argument('--out', required=True, type=Path, help='the folder to write')
    parser.add_argument(
        '--scheme',
        help='coco, cvat, label-studio: the name or file of a scheme; default: the points '
        'that the file names',
    )
    parser.add_argument(
        '--category',
        help='coco: the category to read, if several have points',
    )
    parser.add_argument(
        '--max-side',
        type=common.positive(int),
        help='shrink images whose longer side is larger, in pixels',
    )
    for part in ('val', 'test'):
        parser.add_argument(
            f'--{part}',
            type=common.fraction,
            default=0.15,
            help=f'fraction of the patients for the part {part}; default: 0.15',
        )
    parser.add_argument(
        '--seed', type=int, default=0, help='of the split by patient; default: 0'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a folder prepared earlier'
    )
    return parser


def main(args):
    from ..datasets.preparation import prepare
    from ..formats import ReadReport

    if args.category is not None and args.format != 'coco':
        raise InputError(f'--category is for coco, not for {args.format}')
    if args.src.resolve().is_relative_to(args.out.resolve()):
        raise InputError(f'--src lies in --out {args.out}, which would be replaced')
    prepare.refuse_existing(args.out, args.overwrite)  # before hours of reading
    report = ReadReport()
    samples, scheme = read(args, report)
    samples = prepare.split_samples(samples, (args.val, args.test), args.seed)
    summary = prepare.write_dataset(
        samples, scheme, args.out, report, args.max_side, args.overwrite
    )
    print('\n'.join(prepare.summary_lines(summary, args.out)))


def read(args, report):
    """The samples of ``args.src`` and their scheme."""
    from .. import formats, schemes

    if args.format == 'photo-pickle':
        return formats.read_photo_pickle(args.src, report), schemes.PHOTO19
    if args.format == 'isbi2015':
        samples = formats.read_isbi2015(args.src, report)
        return [replace(s, split=isbi_split(s)) for s in samples], schemes.ISBI19
    reader, own_scheme = labelled_readers()[args.format]
    more = dict(category=args.category) if args.category is not None else {}
    if args.scheme:
        scheme = schemes.get_scheme(args.scheme)
    else:
        scheme = own_scheme(args.src, name=args.out.name, **more)
    return reader(args.src, scheme, report, **more), scheme


def labelled_readers():
    """For each of ``LABELLED`` its reader, and the function that makes its scheme."""
    from .. import formats
    from ..formats.coco.reader import coco_scheme
    from ..formats.cvat.reader import cvat_scheme
    from ..formats.label_studio.reader import label_studio_scheme

    return {
        'coco': (formats.read_coco, coco_scheme),
        'cvat': (formats.read_cvat, cvat_scheme),
        'label-studio': (formats.read_label_studio, label_studio_scheme),
    }


def isbi_split(sample):
    """Images 121 to 150 are for validation: settings are never chosen on a test part."""
    return 'val' if sample.split == 'train' and sample.id > '120' else sample.split
