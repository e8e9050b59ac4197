"""Loads MATLAB files before v7.3."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError


def load_mat(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Load variables of a MATLAB file before v7.3.

    Args:
        path: The ``.mat`` file.
        names: The variables, all of which must exist.

    Raises:
        InputError: No such file, another format, or a variable is missing.
    """
    # here: SciPy is slow to import
    from scipy.io import loadmat

    try:
        mat = loadmat(str(path), variable_names=list(names), appendmat=False)
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except NotImplementedError:
        raise InputError(
            f'{path} is MATLAB v7.3, v5 is needed: save it again with -v7'
        ) from None
    # SciPy raises any exception on a damaged file
    except Exception as error:
        raise InputError(f'{path} is not a readable MATLAB file: {error}') from None
    absent = [name for name in names if name not in mat]
    if absent:
        raise InputError(f'{path} lacks {", ".join(absent)}')
    return mat
