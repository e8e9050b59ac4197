"""The size of a pixel in mm, and its source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import InputError

#: The source of a spacing that the user gives.
GIVEN = 'given'


@dataclass(frozen=True)
class PixelSpacing:
    """Millimetres per pixel, vertically and horizontally.

    Attributes:
        sy: mm per pixel in y, the distance between rows.
        sx: mm per pixel in x, the distance between columns.
        source: ``'given'`` if the user gave it, else the entry of a file, such as DICOM's
            ``'PixelSpacing'``.

    Raises:
        InputError: A side is not a finite number above zero, or the source is not text.
    """

    sy: float
    sx: float
    source: str = GIVEN

    def __post_init__(self) -> None:
        sides = [_positive(side) for side in (self.sy, self.sx)]
        if None in sides:
            raise _not_a_spacing((self.sy, self.sx))
        if not isinstance(self.source, str):
            raise InputError(
                f'the source of a spacing is text, not {self.source!s:.40}'
            )
        object.__setattr__(self, 'sy', sides[0])
        object.__setattr__(self, 'sx', sides[1])

    @classmethod
    def square(cls, mm: float, source: str = GIVEN) -> PixelSpacing:
        """The spacing of square pixels of ``mm`` millimetres."""
        return cls(mm, mm, source)

    @classmethod
    def from_pair(cls, pair: Any, source: str = GIVEN) -> PixelSpacing | None:
        """The spacing of two numbers ``(sy, sx)``, as in files; None for None.

        Raises:
            InputError: It is not two positive numbers.
        """
        if pair is None:
            return None
        try:
            sy, sx = pair
        except (TypeError, ValueError):
            raise _not_a_spacing(pair) from None
        return cls(sy, sx, source)

    @classmethod
    def of(cls, value: Any) -> PixelSpacing | None:
        """The spacing that a caller gives in any form.

        Args:
            value: A spacing, ``(sy, sx)``, one number for square pixels, or None.

        Raises:
            InputError: The value has another form, or a number is not above zero.
        """
        if isinstance(value, PixelSpacing):
            return value
        is_number = isinstance(value, (int, float, np.number))
        return cls.square(value) if is_number else cls.from_pair(value)

    @classmethod
    def from_dict(cls, values: Any) -> PixelSpacing:
        """The inverse of :meth:`to_dict`.

        Raises:
            InputError: A key is missing or a value cannot be used.
        """
        if not isinstance(values, dict) or not {'sy', 'sx', 'source'} <= values.keys():
            raise InputError(
                f'spacing {values!s:.40} is not an object with "sy", "sx" (positive '
                'numbers, mm per pixel) and "source"'
            )
        return cls(values['sy'], values['sx'], values['source'])

    def to_dict(self) -> dict:
        """``sy``, ``sx`` and ``source`` as plain values for JSON."""
        return asdict(self)

    @property
    def pair(self) -> tuple[float, float]:
        """``(sy, sx)``, the order in DICOM files and in ``pixel_spacing``."""
        return self.sy, self.sx

    @property
    def xy(self) -> np.ndarray:
        """``(2,)`` as ``(sx, sy)``; times points ``(K, 2)`` in pixels, it gives mm."""
        return np.array([self.sx, self.sy])

    @property
    def mean(self) -> float:
        """The mean of both sides, for lengths of unknown direction."""
        return (self.sy + self.sx) / 2

    def scaled(self, fy: float, fx: float) -> PixelSpacing:
        """The spacing of the image resized by ``fy`` in y and ``fx`` in x."""
        return PixelSpacing(self.sy / fy, self.sx / fx, self.source)


def _positive(value: Any) -> float | None:
    """The value as a float; None where it is not a finite number above zero."""
    if isinstance(value, (bool, np.bool_, str, bytes)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if np.isfinite(number) and number > 0 else None


def _not_a_spacing(value: Any) -> InputError:
    return InputError(
        f'spacing {value!s:.40} is not two positive numbers (sy, sx), mm per pixel'
    )
