"""MkDocs hooks: add the project's root pages to the site, check that it is offline."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

#: Pages outside docs/, by their path in the repository, and their address in the site.
ROOT_PAGES = {
    'CHANGELOG.md': 'project/changelog.md',
    'CONTRIBUTING.md': 'project/contributing.md',
    'SECURITY.md': 'project/security.md',
    'checkpoints/README.md': 'project/checkpoints.md',
    'data/README.md': 'project/data.md',
}
#: What a browser loads by itself, with an address outside the site.
EXTERNAL = re.compile(
    r'<(?:script|img|iframe|source)[^>]*\ssrc="(?:https?:)?//'
    r'|<link[^>]*rel="(?:stylesheet|preconnect|icon)"[^>]*href="(?:https?:)?//'
)
LINK = re.compile(r'(\]\()([^)#:\s]+\.md)((?:#[^)\s]*)?\))')


def on_files(files, config):
    """Add the root pages to the files of docs/."""
    root = Path(config.config_file_path).parent
    for source, address in ROOT_PAGES.items():
        files.append(
            File.generated(config, address, content=(root / source).read_text('utf-8'))
        )
    return files


def on_page_markdown(markdown, page, config, files):
    """Point links to and from the root pages to their addresses in the site."""
    sources = {address: source for source, address in ROOT_PAGES.items()}
    here = page.file.src_uri
    folder = posixpath.dirname(sources.get(here, f'docs/{here}'))

    def replaced(match):
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        target = ROOT_PAGES.get(target, target.removeprefix('docs/'))
        return match[1] + posixpath.relpath(target, posixpath.dirname(here)) + match[3]

    return LINK.sub(replaced, markdown)


def on_post_build(config):
    """Raise where a built page loads a script, a style or a picture from the network."""
    for page in Path(config.site_dir).rglob('*.html'):
        if found := EXTERNAL.search(page.read_text('utf-8')):
            raise PluginError(f'{page.name} is not offline: {found[0]}')
