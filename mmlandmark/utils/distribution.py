"""Which distribution is installed, mmlandmark or mmlandmark-lite, and what it requires."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

FULL, LITE = 'mmlandmark', 'mmlandmark-lite'


def installed(name: str) -> str | None:
    """The version of a distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_lite() -> bool:
    """Whether mmlandmark-lite is installed and mmlandmark is not."""
    return installed(FULL) is None and installed(LITE) is not None


def pip_install(extra: str) -> str:
    """The command that installs an extra of the installed distribution."""
    return f"pip install '{LITE if is_lite() else FULL}[{extra}]'"


def requirements() -> list[Requirement]:
    """The requirements of the installed distribution and of its extras.

    Empty where there is no distribution, such as in a checkout that is not installed.
    """
    from packaging.requirements import Requirement  # only doctor needs it

    try:
        found = metadata.requires(LITE if is_lite() else FULL) or []
    except metadata.PackageNotFoundError:
        return []
    return [Requirement(line) for line in found]


def by_extra() -> dict[str, list[Requirement]]:
    """The packages of each extra of the installed distribution.

    An extra that only names other extras, such as ``all``, is left out.
    """
    found: dict[str, list[Requirement]] = {}
    try:
        about = metadata.metadata(LITE if is_lite() else FULL)
    except metadata.PackageNotFoundError:
        return {}
    required = requirements()
    for extra in about.get_all('Provides-Extra') or []:
        own = [
            one
            for one in required
            if one.marker
            and one.marker.evaluate(dict(extra=extra))
            and not one.marker.evaluate(dict(extra=''))
            and one.name not in (FULL, LITE)
        ]
        if own:
            found[extra] = own
    return found
