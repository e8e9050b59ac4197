"""Published face data sets in their official layouts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mmpose.registry import DATASETS

from ..errors import InputError
from ..formats import (
    read_300w,
    read_300wlp,
    read_aflw19,
    read_aflw2000_3d,
    read_cofw,
    read_dlib_xml,
    read_webmorph_sets,
    read_wflw,
)
from ..schemes import Scheme, get_scheme
from ..structures.sample import LandmarkSample
from .sample_dataset import SampleDataset

#: Layout to its reader and the scheme of its points.
LAYOUTS: dict[str, tuple[Callable[..., list[LandmarkSample]], str]] = {
    '300w': (read_300w, 'ibug68'),
    'dlib': (read_dlib_xml, 'ibug68'),
    '300wlp': (read_300wlp, 'ibug68'),
    '300wlp-3d': (partial(read_300wlp, points='3d'), 'ibug68'),
    'aflw2000-3d': (read_aflw2000_3d, 'ibug68'),
    'wflw': (read_wflw, 'wflw98'),
    'cofw': (read_cofw, 'cofw29'),
    'aflw19': (read_aflw19, 'aflw19'),
    'webmorph': (read_webmorph_sets, 'webmorph189'),
}


@DATASETS.register_module()
class FaceDataset(SampleDataset):
    """A face data set in its official layout.

    Args:
        layout: A key of ``LAYOUTS``.
        **kwargs: As for :class:`SampleDataset`.

    Raises:
        InputError: An unknown layout, or as for :class:`SampleDataset`.
    """

    keeps_outside = True  # published results count points beyond the image edge

    def __init__(self, layout: str, **kwargs):
        if layout not in LAYOUTS:
            raise InputError(
                f'layout must be one of {", ".join(LAYOUTS)}, not {layout!r}'
            )
        self.layout = layout
        super().__init__(**kwargs)

    def read(self, data_root: str) -> tuple[Scheme, list[LandmarkSample]]:
        """See :meth:`SampleDataset.read`."""
        reader, scheme = LAYOUTS[self.layout]
        return get_scheme(scheme), reader(data_root, self.report)
