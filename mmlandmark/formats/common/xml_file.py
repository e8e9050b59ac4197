"""Parses XML files, safe against entity expansion (billion laughs)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from ...errors import InputError


class _Builder(ElementTree.TreeBuilder):
    """Refuses document types: nested entities can fill the memory."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise InputError(
            'declares a DOCTYPE, which an image list does not need: refused'
        )


def parse_xml(file: Path) -> ElementTree.Element:
    """The root element of an XML file.

    Raises:
        InputError: No such file, not XML, or it has a document type.
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
