"""Griffe extension: Sphinx roles in docstrings become cross-references of mkdocstrings."""

from __future__ import annotations

import re

import griffe

ROLE = re.compile(r':(?:class|func|meth|mod|data|attr|exc|obj):`([^`]+)`')
LITERAL_BLOCK = re.compile(r'::[ \t]*$', re.MULTILINE)


class SphinxRoles(griffe.Extension):
    """Rewrites ``:class:`~.module.Name` `` of every docstring before it is parsed."""

    def on_object(self, *, obj, **kwargs) -> None:
        """Replace the roles and the ``::`` before literal blocks in one docstring."""
        if obj.docstring is None:
            return
        text = ROLE.sub(lambda role: _reference(obj, role[1]), obj.docstring.value)
        obj.docstring.value = LITERAL_BLOCK.sub(':', text).removeprefix(':')


def _reference(obj: griffe.Object, target: str) -> str:
    """A link where the site documents the target, else its name as code.

    ``optional`` keeps a strict build from failing on objects that are not in the site.
    """
    name = target.lstrip('~.').split('.')[-1]
    shown = target.lstrip('~.') if not target.startswith(('~', '.')) else name
    path = _path(obj, target)
    return f'<autoref identifier="{path}" optional><code>{shown}</code></autoref>'


def _path(obj: griffe.Object, target: str) -> str:
    """The full path of a target as Sphinx resolves it: absolute, relative or in scope."""
    target = target.lstrip('~')
    if target.startswith('mmlandmark.'):
        return target
    first, _, rest = target.lstrip('.').partition('.')
    try:
        path = obj.resolve(first)
    except griffe.NameResolutionError:
        path = f'{obj.path}.{first}' if first in obj.members else first
    return f'{path}.{rest}' if rest else path
