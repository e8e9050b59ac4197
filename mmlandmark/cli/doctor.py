"""Show what is installed, which compatibility shims are active, and what is wrong."""

from . import common


def build_parser():
    return common.new_parser(__doc__)


def main(args):
    from .. import doctor

    return doctor.main()
