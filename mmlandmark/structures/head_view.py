"""How a head lies in an image."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import InputError

#: The remark about an image with several heads.
ANOTHER_HEAD = 'the image seems to show a second head: crop it to one head'


@dataclass(frozen=True)
class HeadView:
    """How a head lies in an image, compared with an upright one that fills it.

    Attributes:
        facing: ``'left'`` or ``'right'``, once the head is upright.
        rotation: Degrees by which the head is rotated clockwise, -180 to 180.
        negative: Whether dark and bright are exchanged.
        frame: ``(x1, y1, x2, y2)`` the part of the image that was used, pixels.
        another: Whether the rest of the image seems to show a second head.
    """

    facing: str
    rotation: float = 0.0
    negative: bool = False
    frame: tuple[float, float, float, float] | None = None
    another: bool = False

    def resized(self, fx: float, fy: float) -> HeadView:
        """The view in the image resized by ``fx`` in x, ``fy`` in y."""
        if self.frame is None:
            return self
        x1, y1, x2, y2 = self.frame
        frame = (
            (x1 + 0.5) * fx - 0.5,
            (y1 + 0.5) * fy - 0.5,
            (x2 + 0.5) * fx - 0.5,
            (y2 + 0.5) * fy - 0.5,
        )
        return replace(self, frame=frame)

    def remarks(self, expected_facing: str = 'right') -> tuple[str, ...]:
        """Clauses on what is unusual; none for an upright positive of that facing."""
        found = []
        if self.facing != expected_facing:
            found.append(f'the head faces {self.facing}')
        if abs(self.rotation) > 15:
            side = 'clockwise' if self.rotation > 0 else 'counterclockwise'
            found.append(
                f'the head is rotated by {abs(self.rotation):.0f} degrees {side}'
            )
        if self.negative:
            found.append('the image is a negative (bone is dark)')
        if self.another:
            found.append(ANOTHER_HEAD)
        return tuple(found)

    @property
    def quarter_turns(self) -> int:
        """Clockwise quarter turns of the image, 0 to 3, that make the head most upright."""
        return round(-self.rotation / 90) % 4

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        values = asdict(self)
        return values | dict(frame=None if self.frame is None else list(self.frame))

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
                if not all(abs(side) <= 1e6 for side in box):
                    raise ValueError(frame)
            rotation = float(values['rotation'])
            another = values.get('another', False)
            if not abs(rotation) <= 360 or not (
                type(values['negative']) is type(another) is bool
            ):
                raise ValueError(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f'not a view of a head: {error!r}') from None
        return cls(values['facing'], rotation, values['negative'], box, another)
