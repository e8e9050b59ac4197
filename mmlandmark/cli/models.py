"""List the released models, and download the face detector for use without a network.

mmlandmark models
mmlandmark models download
"""

from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'action',
        nargs='?',
        choices=['list', 'download'],
        default='list',
        help='list the models, or download the face detector YuNet to the cache; default: '
        'list',
    )
    return parser


def main(args):
    from ..face.yunet_file import fetch_yunet

    if args.action == 'download':
        print(f'the face detector YuNet is at {fetch_yunet()}')
        return
    print('\n'.join(lines()))


def lines():
    """Lines about each released model, and one about the face detector."""
    from ..engine.model_zoo import list_models, read_card
    from ..face.yunet_file import yunet_path

    said = []
    for name in list_models():
        card = read_card(name)
        said.append(f'{name}  {card["bytes"] / 1e6:.1f} MB, {card["date"]}')
        said += [f'    data: {card["data"]}', f'    licence: {card["licence"]}']
    path = yunet_path()
    where = f'at {path}' if path else 'not downloaded yet: mmlandmark models download'
    return [*said, f'face detector YuNet (MIT licence): {where}']
