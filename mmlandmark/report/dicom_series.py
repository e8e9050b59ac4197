"""Attributes that a DICOM report and its overlay have in common."""

from __future__ import annotations

from typing import Any

from ..version import __version__


def new_series(number: int) -> dict[str, Any]:
    """The arguments of highdicom for the first object of a new series of this package."""
    import highdicom as hd

    return dict(
        series_instance_uid=hd.UID(),
        series_number=number,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer='mmlandmark',
        manufacturer_model_name='mmlandmark',
        software_versions=__version__,
        device_serial_number='none',
    )
