"""Convert annotations from one format to another, and say what is lost.

mmlandmark convert annotations.xml points.json --to coco
mmlandmark convert landmarks.tps slicer/ --to slicer --scheme isbi19
mmlandmark convert export.json yolo/ --to yolo --copy-images
mmlandmark convert --list
"""

from pathlib import Path

from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('src', nargs='?', type=Path, help='the file or folder to read')
    parser.add_argument(
        'out',
        nargs='?',
        type=Path,
        help='the file to write; a folder for yolo, labelme, voc, slicer, fcsv, webmorph '
        'and openpose',
    )
    parser.add_argument('--to', choices=common.WRITTEN, help='the format to write')
    parser.add_argument(
        '--from',
        choices=common.FORMATS,
        help='the format of SRC; default: it is recognised by its name and content',
    )
    parser.add_argument(
        '--scheme',
        help='the name or file of a scheme: the points to read, or the names of points in '
        'a format that has none; default: the points that the file names',
    )
    parser.add_argument(
        '--label',
        default='head',
        help='name of a head (class, category, skeleton) in the written file; default: '
        'head',
    )
    parser.add_argument(
        '--copy-images',
        action='store_true',
        help='copy the images to where the written files look for them',
    )
    parser.add_argument(
        '--list',
        action='store_true',
        help='show the formats and what each can represent',
    )
    return parser


def main(args):
    from ..errors import InputError
    from ..formats.convert import convert
    from ..formats.detect import detect
    from ..formats.registry import get_format, table
    from ..schemes import get_scheme
    from ..structures.sample import ReadReport

    if args.list:
        print(table(), end='')
        return None
    if args.src is None or args.out is None or args.to is None:
        raise InputError('give SRC, OUT and --to FORMAT (or --list)')
    named = vars(args)['from']
    source = get_format(named) if named else detect(args.src)
    report = ReadReport()
    scheme = get_scheme(args.scheme) if args.scheme else None
    done = convert(
        args.src,
        source,
        args.out,
        get_format(args.to),
        report,
        scheme,
        args.label,
        args.copy_images,
    )
    heads = f'{len(done.samples)} heads in {len(done.names)} images'
    print(f'{args.src} ({source.name}) to {args.out} ({args.to}): {heads}')
    for line in lines(done, report, args):
        print(f'  {line}')
    return common.SKIPPED if report.skipped else None


def lines(done, report, args):
    """One line for everything that was lost, changed or left out."""
    yield from done.lost
    for what, number in report.counts.items():
        yield f'{number} {what}'
    if report.skipped:
        yield f'{len(report.skipped)} heads skipped:'
        for where, why in report.skipped[:10]:
            yield f'  {where}: {why}'
        if len(report.skipped) > 10:
            yield f'  and {len(report.skipped) - 10} more'
    if not args.copy_images:
        name = next(iter(done.names.values()))
        folder = args.out if args.out.is_dir() else args.out.parent
        if not (folder / name).exists():
            yield (
                f'put the images where the files look for them, such as {folder / name} '
                '(--copy-images does)'
            )
