"""Landmark schemes: which points there are, once, for readers, models and metrics."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import InputError
from .ceph import ISBI19, PHOTO19
from .face import AFLW19, COFW29, IBUG68, WFLW98
from .scheme import Scheme, scheme_from_names, spelling_key

__all__ = [
    'AFLW19',
    'COFW29',
    'IBUG68',
    'ISBI19',
    'PHOTO19',
    'SCHEMES',
    'WFLW98',
    'Scheme',
    'get_scheme',
    'scheme_from_names',
    'spelling_key',
]

SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme for scheme in (ISBI19, PHOTO19, IBUG68, WFLW98, COFW29, AFLW19)
}


def get_scheme(scheme: str | Path | dict) -> Scheme:
    """Look up a scheme by name, or take it from a ``.json`` file or the values of one.

    Raises:
        InputError: The name is unknown, or the file is missing or no scheme.
    """
    if isinstance(scheme, dict):
        return _from_values(scheme, 'the scheme')
    if str(scheme) in SCHEMES:
        return SCHEMES[str(scheme)]
    if not str(scheme).endswith('.json'):
        raise InputError(
            f'unknown landmark scheme {str(scheme)!r}: known are '
            f'{", ".join(sorted(SCHEMES))}, or give the path of a scheme.json'
        )
    try:
        values = json.loads(Path(scheme).read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise InputError(
            f'no scheme file {scheme}: tools/prepare_data.py writes one beside the data'
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f'{scheme} is not a landmark scheme: {error!r}') from None
    return _from_values(values, scheme)


def _from_values(values: dict, source: object) -> Scheme:
    try:
        pairs = {
            key: tuple((int(a), int(b)) for a, b in values.get(key, ()))
            for key in ('swaps', 'skeleton')
        }
        pupils = values.get('pupils')
        return Scheme(
            values['name'],
            tuple(values['points']),
            tuple(values['labels']),
            ocular=tuple(values['ocular']) if values.get('ocular') else None,
            pupils=(tuple(pupils[0]), tuple(pupils[1])) if pupils else None,
            **pairs,
        )
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f'{source} is not a landmark scheme: {error!r}') from None
