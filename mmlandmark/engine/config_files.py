"""Find configs by name, and copy one to change it; imports neither torch nor MMPose."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path

from ..errors import InputError
from .model_zoo import ALIASES, FOLDER, list_models

_PACKAGE = Path(__file__).parents[1]
CONFIGS = _PACKAGE / 'configs'
if not CONFIGS.is_dir():  # a checkout
    CONFIGS = _PACKAGE.parent / 'configs'

#: How a config anywhere names a base among the packaged ones.
SCOPE = 'mmlandmark::'


def list_configs() -> list[str]:
    """Names of all packaged configs, sorted."""
    return sorted(path.stem for path in CONFIGS.glob('*.py'))


def config_file(name: str | Path) -> Path:
    """Find a config by its path or name.

    Args:
        name: A ``.py`` file; the work folder of a run, which keeps its config; the name of
            a released model; or the name of a packaged config.

    Returns:
        A ``.py`` file, or the ``.json`` card of a released model.

    Raises:
        InputError: There is no such config.
    """
    if not isinstance(name, (str, Path)):
        raise InputError(f'a config or detector is a name or a path, not {name!r}')
    name = ALIASES.get(str(name), name)
    if str(name) in list_models():
        return FOLDER / f'{name}.json'
    path = Path(name)
    if path.is_dir():
        kept = sorted(path.glob('*.py'))
        if len(kept) == 1:
            return kept[0]
        raise InputError(f'{path} holds {len(kept)} configs, a training run leaves one')
    if path.suffix == '.py':
        if not path.is_file() and path.stem in list_configs():
            raise InputError(
                f'no config at {path}: did you mean {path.stem}, its name?'
            )
        return path
    if str(name) not in list_configs():
        raise InputError(f'no config or detector {str(name)!r}: {_advice(str(name))}')
    return CONFIGS / f'{name}.py'


def _advice(name: str) -> str:
    known = [*list_models(), *ALIASES, *list_configs()]
    if near := difflib.get_close_matches(name, known, 3):
        return f'did you mean {" or ".join(near)}?'
    return (
        'give a config file, the work folder of a training run, one of '
        f'{", ".join(list_models())}, or the name of a packaged config'
    )


def base_path(name: str) -> Path | None:
    """The packaged config that a base names by ``SCOPE``; None for another base.

    Raises:
        InputError: There is no such config.
    """
    if not name.startswith(SCOPE):
        return None
    path = CONFIGS / name.removeprefix(SCOPE)
    if not path.resolve().is_relative_to(CONFIGS.resolve()) or not path.is_file():
        raise InputError(f'no packaged config {name}: list them', list=True)
    return path


def config_text(name: str) -> str:
    """The text of a packaged config, its bases named so that they are found from anywhere.

    Args:
        name: As :func:`list_configs` has it.

    Raises:
        InputError: There is no such config.
    """
    source = config_file(name)
    if source.parent != CONFIGS:
        raise InputError(f'{name} is not a packaged config: list them', list=True)
    return _with_scopes(source.read_text(encoding='utf-8'))


def copy_config(name: str, out: Path, overwrite: bool = False) -> None:
    """Write :func:`config_text` to a file.

    Args:
        name: As :func:`list_configs` has it.
        out: A ``.py`` file.
        overwrite: Whether ``out`` may exist.

    Raises:
        InputError: There is no such config, or ``out`` exists or is not a ``.py`` file.
    """
    text = config_text(name)
    if out.suffix != '.py':
        raise InputError(f'{out} is not a .py file, as configs are', out=None)
    if out.exists() and not overwrite:
        raise InputError(
            f'{out} exists already: choose another file, or overwrite it',
            overwrite=True,
        )
    out.write_text(text, encoding='utf-8')


def _with_scopes(text: str) -> str:
    """The text of a config of ``CONFIGS`` with ``SCOPE`` before the name of each base."""
    lines = text.encode().splitlines(keepends=True)
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != '_base_':
            continue
        names = [one for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
        for one in sorted(names, key=lambda one: (one.lineno, -one.col_offset)):
            line, start = lines[one.lineno - 1], one.col_offset + 1  # after the quote
            lines[one.lineno - 1] = line[:start] + SCOPE.encode() + line[start:]
    return b''.join(lines).decode()
