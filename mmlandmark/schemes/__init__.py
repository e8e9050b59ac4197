"""Landmark schemes: names, order, flip pairs and skeletons of points, defined once."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import InputError
from .ceph import AARIZ29, CLDETECTION38, CLDETECTION53, ISBI19, PHOTO19
from .ceph_definitions import Definition, definition_of
from .face import AFLW19, COFW29, IBUG68, WFLW98
from .scheme import Scheme, name_key, scheme_from_names
from .webmorph import WEBMORPH189

__all__ = [
    'AARIZ29',
    'AFLW19',
    'CLDETECTION38',
    'CLDETECTION53',
    'COFW29',
    'IBUG68',
    'ISBI19',
    'PHOTO19',
    'SCHEMES',
    'WEBMORPH189',
    'WFLW98',
    'Definition',
    'Scheme',
    'definition_of',
    'get_scheme',
    'name_key',
    'scheme_from_names',
]

SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        *(ISBI19, PHOTO19, AARIZ29, CLDETECTION38, CLDETECTION53),
        *(IBUG68, WFLW98, COFW29, AFLW19, WEBMORPH189),
    )
}


def get_scheme(scheme: str | Path | dict) -> Scheme:
    """Look up a scheme by name, or read it from a ``.json`` file or its content.

    Args:
        scheme: A key of ``SCHEMES``, the path of a ``scheme.json``, or a dict with the
            fields of :class:`Scheme`.

    Raises:
        InputError: The name is unknown, or the file is missing or not a scheme.
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
            f'no scheme file {scheme}: give a scheme.json, or a folder that '
            'mmlandmark prepare wrote'
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f'{scheme} is not a landmark scheme: {error!r}') from None
    return _from_values(values, scheme)


def _from_values(values: dict, source: object) -> Scheme:
    try:
        pairs = {
            key: tuple((int(a), int(b)) for a, b in values.get(key, ()))
            for key in ('flip_pairs', 'skeleton')
        }
        ocular, pupils = values.get('ocular'), values.get('pupils')
        return Scheme(
            _texts([values['name']])[0],
            _texts(values['points']),
            _texts(values['labels']),
            ocular=(int(ocular[0]), int(ocular[1])) if ocular else None,
            pupils=(_whole(pupils[0]), _whole(pupils[1])) if pupils else None,
            synonyms=tuple(_texts(names) for names in values.get('synonyms', ())),
            **pairs,
        )
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(f'{source} is not a landmark scheme: {error!r}') from None


def _texts(values: list) -> tuple[str, ...]:
    if not isinstance(values, (list, tuple)) or not all(
        isinstance(value, str) for value in values
    ):
        raise TypeError(f'{values!r:.60} is not a list of names')
    return tuple(values)


def _whole(values: list) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
