"""How a head lies in an image."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class HeadView:
    """How a head lies in an image, compared with an upright one that fills it.

    Attributes:
        facing: ``'left'`` or ``'right'``, once the head is upright.
        rotation: Degrees by which the head is turned clockwise, -180 to 180.
        negative: Whether dark and bright are exchanged.
        frame: ``(x1, y1, x2, y2)`` the part of the image that was looked at, pixels.
    """

    facing: str
    rotation: float = 0.0
    negative: bool = False
    frame: tuple[float, float, float, float] | None = None

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> HeadView:
        """The inverse of :meth:`to_dict`.

        Raises:
            InputError: A value is missing or of another kind.
        """
        try:
            if values['facing'] not in ('left', 'right'):
                raise ValueError(values['facing'])
            frame = values.get('frame')
            box = None
            if frame is not None:
                x1, y1, x2, y2 = map(float, frame)
                box = (x1, y1, x2, y2)
            rotation, negative = float(values['rotation']), bool(values['negative'])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f'not a view of a head: {error!r}') from None
        return cls(values['facing'], rotation, negative, box)
