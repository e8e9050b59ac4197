"""Reports versions, active shims, devices and problems: ``mmlandmark doctor``."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import mmlandmark

from .compat import shims as compat

PACKAGES = (
    *('torch', 'torchvision', 'numpy', 'mmengine', 'mmcv', 'mmcv-lite', 'mmdet'),
    *('mmpose', 'xtcocotools', 'opencv-python', 'pillow', 'setuptools'),
)
OPTIONAL = {'mmcv', 'mmcv-lite'}  # one of the two
FORBIDDEN = {
    'opencv-python-headless': 'it overwrites the cv2 of opencv-python: '
    'pip uninstall opencv-python-headless, then reinstall opencv-python',
}


def installed(name: str) -> str | None:
    """The version of a distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def find_problems() -> list[str]:
    """One line per problem, with its solution."""
    problems = [
        f'{name} is not installed: pip install --no-build-isolation .'
        for name in PACKAGES
        if name not in OPTIONAL and installed(name) is None
    ]
    if not any(installed(name) for name in OPTIONAL):
        problems.append('neither mmcv-lite nor mmcv is installed: make setup')
    problems += [f'{n}: {why}' for n, why in FORBIDDEN.items() if installed(n)]
    setuptools = installed('setuptools')
    if setuptools and int(setuptools.split('.')[0]) >= 82:
        problems.append(
            f'setuptools {setuptools} has no pkg_resources, which mmengine imports: '
            'pip install "setuptools<81"'
        )
    if (error := mmlandmark.stack_error) is not None:
        problems.append(f'the stack does not import: {type(error).__name__}: {error}')
    return problems


def report() -> list[str]:
    """The printed lines except the problems."""
    lines = [f'mmlandmark {mmlandmark.__version__}, Python {platform.python_version()}']
    lines += [f'  {name:16}{installed(name) or "-"}' for name in PACKAGES]
    _ = mmlandmark.stack_error  # importing the stack applies the shims
    lines.append('shims active')
    lines += [f'  {name}' for name in compat.active] or ['  none']
    lines.append('devices')
    lines += [f'  {line}' for line in devices()]
    return lines


def devices() -> list[str]:
    """CPU cores, bfloat16 instructions, and the GPUs that torch finds."""
    try:
        import torch

        from .engine.cpu import cpu_has_bf16
    except ImportError as error:
        return [f'cpu, {os.cpu_count()} cores; torch does not import ({error})']
    bf16 = 'yes' if cpu_has_bf16() else 'no'
    lines = [f'cpu, {os.cpu_count()} cores, bfloat16 in hardware: {bf16}']
    for index in range(torch.cuda.device_count()):
        lines.append(f'cuda:{index} {torch.cuda.get_device_name(index)}')
    return lines


def main() -> int:
    """Print the report; return 1 if there is a problem, else 0."""
    print('\n'.join(report()))
    problems = find_problems()
    print('problems' if problems else 'no problems found')
    for problem in problems:
        print(f'  {problem}')
    return 1 if problems else 0
