"""Photographs and their face parts, as datasets of MMEngine."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from ..errors import InputError
from ..formats.parts import PartSample, read_fasseg, read_lapa
from ..schemes.parts import FASSEG6, LAPA11, PartScheme


class PartsDataset(BaseDataset):
    """Samples of a reader, one item a photograph.

    Items carry ``img_path``, ``seg_map_path``, ``sample_id``, ``seg_fields`` (mmcv's
    transforms fill it), and ``parts``, the name of the scheme.

    Args:
        data_root: What the reader reads.
        split: Which part, or several joined by ``+``: ``'train+val'``.
        pipeline: Transforms; a flip must be ``FlipParts``, which swaps left and right.
        **kwargs: As for MMEngine's ``BaseDataset``.

    Raises:
        InputError: The data cannot be read, there is no such part, or a flip would leave
            left and right as they were.
    """

    scheme: PartScheme

    def __init__(
        self, data_root: str, split: str = 'train', pipeline: Sequence = (), **kwargs
    ):
        self.split = split
        if any(step.get('type', '').endswith('RandomFlip') for step in pipeline):
            raise InputError(
                'RandomFlip does not know which parts are left and right: take FlipParts'
            )
        super().__init__(
            metainfo=self.scheme.metainfo(),
            data_root=data_root,
            pipeline=list(pipeline),
            **kwargs,
        )

    def read(self, data_root: str) -> list[PartSample]:
        """Every sample of every part."""
        raise NotImplementedError

    def load_data_list(self) -> list[dict]:
        """One dict a sample, as mmcv's pipelines take it."""
        samples = self.read(self.data_root)
        there = sorted({sample.split for sample in samples})
        wanted = self.split.split('+')
        if missing := [part for part in wanted if part not in there]:
            raise InputError(
                f'{self.data_root} has no part {missing[0]!r}, it has {", ".join(there)}'
            )
        chosen = [sample for sample in samples if sample.split in wanted]
        print_log(f'{len(chosen)} photographs of {self.split}', 'current')
        return [self._info(sample) for sample in chosen]

    def _info(self, sample: PartSample) -> dict:
        return dict(
            img_path=str(sample.image),
            seg_map_path=str(sample.labels),
            sample_id=sample.id,
            landmarks_path=str(sample.landmarks) if sample.landmarks else None,
            parts=self.scheme.name,
            seg_fields=[],
        )


@DATASETS.register_module()
class LaPaDataset(PartsDataset):
    """LaPa's eleven labels in its published layout; see ``read_lapa``."""

    scheme = LAPA11

    def read(self, data_root: str) -> list[PartSample]:
        """See :meth:`PartsDataset.read`."""
        return read_lapa(data_root)


@DATASETS.register_module()
class FassegDataset(PartsDataset):
    """FASSEG's six labels, split by person; see ``read_fasseg``."""

    scheme = FASSEG6

    def read(self, data_root: str) -> list[PartSample]:
        """See :meth:`PartsDataset.read`."""
        return read_fasseg(data_root)
