"""Say what is installed, which compatibility shims act, and what is wrong."""

import argparse
import sys

from .. import doctor


def main() -> None:
    """Print the report; exit with status 1 where something is wrong."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(doctor.main())
