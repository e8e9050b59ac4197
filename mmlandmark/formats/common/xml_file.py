"""XML as other tools write it, opened without what a hostile file could do."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from ...errors import InputError


class _Builder(ElementTree.TreeBuilder):
    """Refuses a document type: entities that double each other fill the memory."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise InputError(
            'declares a DOCTYPE, which an image list does not need: refused'
        )


def parse_xml(file: Path) -> ElementTree.Element:
    """The root of an XML file.

    Raises:
        InputError: No such file, no XML, or one with a document type.
    """
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        return ElementTree.parse(file, parser).getroot()
    except FileNotFoundError:
        raise InputError(f'no file {file}') from None
    except InputError as error:
        raise InputError(f'{file} {error}') from None
    except (
        OSError,
        ValueError,
        LookupError,
        RecursionError,
        ElementTree.ParseError,
    ) as error:
        raise InputError(f'{file} is not readable XML: {error}') from None
