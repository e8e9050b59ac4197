"""The landmark scheme or the face parts that a config names."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InputError
from . import Scheme, get_scheme
from .parts import get_parts


def names_of(config: Mapping) -> tuple[str, ...]:
    """Names of the landmarks, or of the face parts, that a config's model predicts.

    Raises:
        InputError: See :func:`scheme_of`.
    """
    if 'parts' in config:
        return get_parts(config['parts']).parts
    return scheme_of(config).points


def scheme_of(config: Mapping) -> Scheme:
    """The scheme of the landmarks that a config's model predicts.

    Raises:
        InputError: The model predicts face parts, or the config names no scheme, as
            MMPose's own configs.
    """
    if 'parts' in config:
        raise InputError('this config predicts face parts: use FaceParser')
    if config.get('scheme') is None:
        raise InputError(
            'this config has no scheme, so its points have no names (configs of MMPose '
            "itself have none): set scheme='face68', another known scheme or a scheme.json "
            'at its top, or inherit from a config in configs/'
        )
    return get_scheme(config['scheme'])
