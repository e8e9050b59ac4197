"""The constraints of make test-oldest."""

import runpy

from tests_support import ROOT

CONFIG = """
[options]
install_requires =
    # a comment
    numpy>=2.1,<3
    opencv-python>=4.10,<5
    mmpose==1.3.2
[options.extras_require]
parts =
    regex
    ray[data]>=2.60
dev =
    pytest>=8
"""


def test_lower_bounds(tmp_path):
    (tmp_path / 'setup.cfg').write_text(CONFIG)
    oldest = runpy.run_path(str(ROOT / 'packaging' / 'oldest.py'))
    found = oldest['lower_bounds'](tmp_path / 'setup.cfg')
    assert found == ['numpy==2.1.*', 'opencv-python==4.10.*', 'ray==2.60.*']
