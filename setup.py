"""Builds mmlandmark, or mmlandmark-lite with MMLANDMARK_LITE=1, as OpenMMLab's mmcv-lite.

setup.cfg describes mmlandmark. mmlandmark-lite contains the same files, and requires only
what released and exported models need: neither torch nor MMPose.
"""

import os
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

#: Requirements and extras of mmlandmark-lite; their versions are in setup.cfg.
LITE = {
    *('numpy', 'opencv-python', 'pillow', 'onnxruntime'),
    *('jinja2', 'matplotlib', 'rich', 'filelock', 'pyyaml'),
}
LITE_EXTRAS = ('openvino', 'web', 'medical', 'ray')


def lite_metadata():
    """The keywords of ``setup`` for mmlandmark-lite; they override setup.cfg."""
    config = ConfigParser()
    config.read(Path(__file__).with_name('setup.cfg'), encoding='utf-8')
    required = _lines(config['options']['install_requires'])
    extras = config['options.extras_require']
    return dict(
        name='mmlandmark-lite',
        description='Landmark detection without PyTorch: released and exported models',
        install_requires=[line for line in required if _name(line) in LITE],
        extras_require={name: _lines(extras[name]) for name in LITE_EXTRAS},
    )


def _lines(text):
    # ConfigParser drops comments and keeps an empty first line
    return text.split('\n')[1:]


def _name(requirement):
    return re.match(r'[\w-]+', requirement)[0]


setup(**lite_metadata() if os.environ.get('MMLANDMARK_LITE') == '1' else {})
