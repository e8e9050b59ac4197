"""Reads and validates the metadata of an exported file, an untrusted input."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...evaluation.calibration import Calibration
from ...schemes import IBUG68, Scheme, get_scheme
from ...schemes.parts import PartScheme, get_parts
from .cropping import Crop
from .decoding import KINDS, Decoding

#: Version of the metadata format; files of another version are refused.
FORMAT = 1

#: Largest side of a network's input, pixels: far above that of any training.
MAX_SIDE = 8192
#: Largest absolute value of a mean, a padding, a shift, an expected error.
MAX_VALUE = 1e6


@dataclass(frozen=True)
class Metadata:
    """The metadata of an exported file.

    Attributes:
        scheme: The points.
        crop: How the network's input is cut out of an image.
        decoding: How the network's output is decoded.
        calibration: Calibration of the expected errors; None for a model without one.
        finds_faces: Whether faces are detected in images without boxes.
        has_depth: Whether the points have a depth, see
            :func:`mmlandmark.face.face_shape.face_depth`.
        source: The ``name`` and ``sha256`` of the weights; the name of a model of lower
            precision ends with the precision.
        values: The JSON of the file.
    """

    scheme: Scheme
    crop: Crop
    decoding: Decoding
    calibration: Calibration | None
    finds_faces: bool
    has_depth: bool
    source: dict[str, str]
    values: dict[str, Any]

    @classmethod
    def from_text(cls, text: str | None, path: Path) -> Metadata:
        """Read and check the JSON of an exported file.

        Args:
            text: None for a file without metadata.
            path: The file, for messages.

        Raises:
            InputError: The JSON is missing, damaged or of another format, or a value has
                the wrong type or is out of bounds.
        """
        values = _values(text, path)
        if 'parts' in values:
            raise InputError(f'{path} predicts face parts: use FaceParser')
        try:
            return cls(**_checked(values), values=values)
        except _DAMAGE as error:
            raise InputError(_damaged(path, error)) from None


@dataclass(frozen=True)
class PartsMetadata:
    """The metadata of an exported network of face parts.

    Attributes:
        scheme: The parts.
        crop: How the network's input is made of an image; its ``kind`` is ``'whole'``.
        source: As :attr:`Metadata.source`.
    """

    scheme: PartScheme
    crop: Crop
    source: dict[str, str]

    @classmethod
    def from_text(cls, text: str | None, path: Path) -> PartsMetadata:
        """See :meth:`Metadata.from_text`."""
        values = _values(text, path)
        if 'scheme' in values:
            raise InputError(f'{path} predicts landmarks: use LandmarkDetector')
        try:
            scheme = get_parts(_of(str, values, 'parts'))
            crop = _crop(_of(dict, values, 'crop'), ('whole',))
            return cls(scheme, crop, _source(values))
        except _DAMAGE as error:
            raise InputError(_damaged(path, error)) from None


#: What reading values of the wrong kind can raise.
_DAMAGE = (
    *(KeyError, TypeError, ValueError, AttributeError, OverflowError),
    *(RecursionError, InputError),
)


def _values(text: str | None, path: Path) -> dict:
    """The JSON of an exported file, of this version's format."""
    if text is None:
        raise InputError(
            f'{path} has no metadata of mmlandmark: export the model again'
        )
    try:
        values = json.loads(text)
        if values['format'] == FORMAT:
            return values
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(_damaged(path, error)) from None
    raise InputError(
        f'{path} is of format {str(values["format"])[:20]}, this version '
        f'reads {FORMAT}: export the model again'
    )


def _damaged(path: Path, error: Exception) -> str:
    message = str(error) if isinstance(error, InputError) else repr(error)
    return f'{path}: its metadata is damaged: {message[:200]}'


def _checked(values: dict) -> dict:
    scheme = get_scheme(_of(dict, values, 'scheme'))
    known = values['calibration']
    return dict(
        scheme=_checked_scheme(scheme),
        crop=_crop(_of(dict, values, 'crop')),
        decoding=_decoding(_of(dict, values, 'decoding')),
        calibration=None if known is None else _calibration(known, scheme),
        finds_faces=_one_of(('face', None), values, 'find_boxes') == 'face',
        has_depth=_has_depth(values, scheme),
        source=_source(values),
    )


def _checked_scheme(scheme: Scheme) -> Scheme:
    for text in (scheme.name, *scheme.points, *scheme.labels):
        if not isinstance(text, str):
            raise InputError(f'a name is {type(text).__name__}')
    return scheme


def _has_depth(values: dict, scheme: Scheme) -> bool:
    # files of earlier versions have no depth
    if _one_of(('face_shape', None), dict(depth=None) | values, 'depth') is None:
        return False
    if scheme.points != IBUG68.points:
        raise InputError(f'depth is not known for the scheme {scheme.name}')
    return True


def _crop(values: dict, kinds: tuple[str, ...] = ('box', 'fan')) -> Crop:
    gray = values['gray']
    crop = Crop(
        size=_size(values, 'size'),
        mean=_numbers(values, 'mean'),
        std=_numbers(values, 'std'),
        rgb=_of(bool, values, 'rgb'),
        kind=_one_of(kinds, values, 'kind'),
        padding=_number(values['padding'], 'padding', low=0.01, high=100),
        udp=_of(bool, values, 'udp'),
        gray=None if gray is None else _numbers(values, 'gray'),
    )
    if crop.gray is not None and (len(crop.gray) != 3 or not sum(crop.gray)):
        raise InputError('gray is not three weights with a sum')
    channels = 3 if gray is None else 1
    if any(len(v) not in (1, channels) for v in (crop.mean, crop.std)):
        raise InputError('mean and std do not fit the number of channels')
    if not all(crop.std):
        raise InputError('std is 0')
    return crop


def _decoding(values: dict) -> Decoding:
    blur = _number(values['blur'], 'blur', low=1, high=999)
    if blur % 2 != 1:
        raise InputError(f'blur is {blur}, not an odd number')
    return Decoding(
        kind=_one_of(KINDS, values, 'kind'),
        input_size=_size(values, 'input_size'),
        blur=int(blur),
        shift=_number(values['shift'], 'shift'),
        spreads=_of(bool, values, 'spreads'),
    )


def _calibration(values: dict, scheme: Scheme) -> Calibration:
    found = Calibration.from_dict(values, scheme.points)
    for key in ('floor', 'slope', 'sharpest', 'median_expected_error'):
        _number(getattr(found, key), key, low=0)
    for name, factor in found.factors.items():
        _number(factor, name, low=0)
    return found


def _source(values: dict) -> dict[str, str]:
    """See :class:`~..model.Model`; a lower precision is part of the name."""
    source, precision = _of(dict, values, 'source'), _of(str, values, 'precision')
    rounded = '' if precision == 'fp32' else f' {precision}'
    return dict(
        name=_of(str, source, 'name') + rounded, sha256=_of(str, source, 'sha256')
    )


def _of(kind: type, values: dict, key: str) -> Any:
    value = values[key]
    if not isinstance(value, kind):
        raise InputError(f'{key} is {type(value).__name__}, not {kind.__name__}')
    return value


def _one_of(allowed: tuple, values: dict, key: str) -> Any:
    value = values[key]
    if value not in allowed:
        raise InputError(f'{key} is {str(value)[:40]!r}')
    return value


def _number(
    value: object, key: str, low: float = -MAX_VALUE, high: float = MAX_VALUE
) -> float:
    # a comparison is exact for integers of any length, and false for NaN
    if type(value) in (int, float) and low <= value <= high:  # type: ignore[operator]
        return value  # type: ignore[return-value]
    raise InputError(f'{key} is {str(value)[:40]}, not {low:g} to {high:g}')


def _numbers(values: dict, key: str) -> tuple[float, ...]:
    return tuple(_number(value, key) for value in _of(list, values, key)[:4])


def _size(values: dict, key: str) -> tuple[int, int]:
    width, height = (
        _number(value, key, low=2, high=MAX_SIDE) for value in _of(list, values, key)
    )
    if width != int(width) or height != int(height):
        raise InputError(f'{key} is not a number of whole pixels')
    return int(width), int(height)
