"""Reports versions, active shims, devices and problems: ``mmlandmark doctor``."""

from __future__ import annotations

import os
import platform

import mmlandmark

from .compat import shims as compat
from .compat.stack import missing_modules
from .utils.distribution import (
    FULL,
    LITE,
    by_extra,
    installed,
    is_lite,
    requirements,
)

#: What both distributions require.
PACKAGES = ('numpy', 'opencv-python', 'pillow', 'onnxruntime', 'matplotlib')

#: What mmlandmark requires and mmlandmark-lite does not.
STACK = (
    *('torch', 'torchvision', 'mmengine', 'mmcv', 'mmcv-lite', 'mmdet', 'mmpose'),
    *('xtcocotools', 'chumpy', 'onnx', 'onnxscript'),
)
#: Replacements of two packages that mmpose requires; the originals have other versions.
STAND_INS = ('xtcocotools', 'chumpy')
OPTIONAL = {'mmcv', 'mmcv-lite'}  # one of the two
FORBIDDEN = {
    'opencv-python-headless': 'it overwrites the cv2 of opencv-python: '
    'pip uninstall opencv-python-headless, then reinstall opencv-python',
}


def find_problems() -> list[str]:
    """One line per problem, with its solution."""
    lite = is_lite()
    problems = _both_distributions()
    problems += [
        f'{name} is not installed: pip install {LITE if lite else FULL}'
        for name in (PACKAGES if lite else PACKAGES + STACK)
        if name not in OPTIONAL and installed(name) is None
    ]
    problems += [f'{n}: {why}' for n, why in FORBIDDEN.items() if installed(n)]
    if lite:
        return problems
    if not any(installed(name) for name in OPTIONAL):
        problems.append(
            'neither mmcv-lite nor mmcv is installed: pip install mmlandmark'
        )
    problems += _stand_ins()
    if (error := mmlandmark.stack_error) is not None:
        problems.append(f'the stack does not import: {type(error).__name__}: {error}')
    return problems


def _both_distributions() -> list[str]:
    """A line where both are installed; the removal of one would break the other."""
    full, lite = installed(FULL), installed(LITE)
    if full is None or lite is None:
        return []
    return [
        f'{LITE} {lite} and {FULL} {full} are both installed and have the same files: '
        f'pip uninstall {LITE}, then pip install --force-reinstall --no-deps {FULL}'
    ]


def _stand_ins() -> list[str]:
    """A line for each replacement that is not the exact version that is required."""
    return [
        f'{one.name} {found} is installed, and the replacement {one.specifier} is '
        f'needed: pip install --force-reinstall --no-deps "{one.name}{one.specifier}" '
        '--find-links dist (make wheels), or ./packaging/' + one.name + ' in a checkout'
        for one in requirements()
        if one.name in STAND_INS
        and (found := installed(one.name)) is not None
        and not one.specifier.contains(found, prereleases=True)
    ]


def extras() -> list[str]:
    """One line per extra: whether it is installed, else what is missing or does not fit."""
    lines = []
    for name, needed in by_extra().items():
        wrong = []
        for one in needed:
            found = installed(one.name)
            if found is None:
                wrong.append(one.name)
            elif not one.specifier.contains(found, prereleases=True):
                wrong.append(f'{one.name}{one.specifier}, not {found}')
        state = f'needs {", ".join(wrong)}' if wrong else 'installed'
        lines.append(f'{name:16}{state}')
    return lines


def report() -> list[str]:
    """The printed lines except the problems."""
    name = LITE if is_lite() else FULL
    lines = [f'{name} {mmlandmark.__version__}, Python {platform.python_version()}']
    packages = PACKAGES if is_lite() else PACKAGES + STACK
    lines += [f'  {package:16}{installed(package) or "-"}' for package in packages]
    if missing_modules():
        lines.append(f'training needs PyTorch and MMPose: pip install {FULL}')
    else:
        _ = mmlandmark.stack_error  # importing the stack applies the shims
        lines.append('shims active')
        lines += [f'  {shim}' for shim in compat.active] or ['  none']
    if optional := extras():
        lines.append('extras')
        lines += [f'  {line}' for line in optional]
    lines.append('devices')
    lines += [f'  {line}' for line in devices()]
    return lines


def devices() -> list[str]:
    """CPU cores, bfloat16 instructions, and the GPUs that torch finds."""
    cores = f'cpu, {os.cpu_count()} cores'
    if missing_modules():
        return [cores]
    try:
        import torch

        from .engine.cpu import cpu_has_bf16
    except ImportError as error:
        return [f'{cores}; torch does not import ({error})']
    bf16 = 'yes' if cpu_has_bf16() else 'no'
    lines = [f'{cores}, bfloat16 in hardware: {bf16}']
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
