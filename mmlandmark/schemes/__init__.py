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


def get_scheme(name: str | Path) -> Scheme:
    """Look up a scheme by name, or read it from a ``.json`` file.

    Raises:
        InputError: The name is unknown, or the file is missing or no scheme.
    """
    if str(name) in SCHEMES:
        return SCHEMES[str(name)]
    if not str(name).endswith('.json'):
        raise InputError(
            f'unknown landmark scheme {str(name)!r}: known are '
            f'{", ".join(sorted(SCHEMES))}, or give the path of a scheme.json'
        )
    try:
        data = json.loads(Path(name).read_text(encoding='utf-8'))
        pairs = {
            key: tuple((int(a), int(b)) for a, b in data.get(key, ()))
            for key in ('swaps', 'skeleton')
        }
        pupils = data.get('pupils')
        return Scheme(
            data['name'],
            tuple(data['points']),
            tuple(data['labels']),
            ocular=tuple(data['ocular']) if data.get('ocular') else None,
            pupils=(tuple(pupils[0]), tuple(pupils[1])) if pupils else None,
            **pairs,
        )
    except FileNotFoundError:
        raise InputError(
            f'no scheme file {name}: tools/prepare_data.py writes one beside the data'
        ) from None
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f'{name} is not a landmark scheme: {error!r}') from None
