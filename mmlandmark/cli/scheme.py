"""Show the points of a scheme: names, symbols, synonyms and definitions.

mmlandmark scheme
mmlandmark scheme isbi19
mmlandmark scheme data/mine/scheme.json
"""

import textwrap

from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'name', nargs='?', help='a scheme or its .json file; default: list all schemes'
    )
    return parser


def main(args):
    from ..schemes import SCHEMES, get_scheme

    if args.name is None:
        for scheme in SCHEMES.values():
            print(f'{scheme.name}: {len(scheme)} points')
        return
    print('\n'.join(lines(get_scheme(args.name))))


def lines(scheme):
    """The points as text, each with its definition and the source of the definition."""
    from ..schemes import definition_of

    yield f'{scheme.name}: {len(scheme)} points'
    synonyms = scheme.synonyms or ((),) * len(scheme)
    rows = zip(scheme.points, scheme.labels, synonyms, strict=True)
    for number, (name, label, others) in enumerate(rows, start=1):
        short = f' ({label})' if label != name else ''
        yield f'{number}. {name}{short}'
        if others:
            yield from _wrapped('also: ' + ', '.join(others))
        found = definition_of(name)
        if found is not None:
            yield from _wrapped(f'{found.text} [{found.source}]')


def _wrapped(text):
    indent = ' ' * 4
    return textwrap.wrap(text, 92, initial_indent=indent, subsequent_indent=indent)
