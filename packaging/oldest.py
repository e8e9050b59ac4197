"""Print the lower bounds of setup.cfg as constraints of pip, for make test-oldest.

``numpy>=2.1`` becomes ``numpy==2.1.*``.

python packaging/oldest.py > constraints.txt
"""

import re
from configparser import ConfigParser
from pathlib import Path

#: A requirement with a lower bound: name, extras, version.
BOUND = re.compile(r'([\w-]+)(?:\[.*\])?>=([\w.]+)')

#: Extras of tools, whose versions users do not have.
TOOLS = ('dev', 'docs')


def lower_bounds(path):
    """A line ``name==version.*`` for each requirement of a setup.cfg with ``>=``."""
    config = ConfigParser()
    config.read(path, encoding='utf-8')
    extras = config['options.extras_require']
    texts = [config['options']['install_requires']]
    texts += [extras[name] for name in extras if name not in TOOLS]
    found = (BOUND.match(line) for text in texts for line in text.split('\n'))
    return [f'{match[1]}=={match[2]}.*' for match in found if match]


if __name__ == '__main__':
    print('\n'.join(lower_bounds(Path(__file__).parents[1] / 'setup.cfg')))
