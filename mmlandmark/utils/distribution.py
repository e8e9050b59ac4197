"""Which distribution is installed, mmlandmark or mmlandmark-lite."""

from __future__ import annotations

from importlib import metadata

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
