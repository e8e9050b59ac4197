"""Face parsing data sets (photographs and label images) for MMEngine."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from ..errors import InputError
from ..formats.parts import PartSample, read_fasseg, read_lapa
from ..schemes.parts import FASSEG6, LAPA11, PartScheme


class PartsDataset(BaseDataset):
    """Samples of a face parsing reader, one item per photograph.

    Items have ``img_path``, ``seg_map_path``, ``sample_id``, ``landmarks_path``,
    ``seg_fields`` (filled by mmcv's transforms) and ``parts``, the name of the scheme.

    Args:
        data_root: The path that the reader takes.
        split: A split, or several joined by ``+``: ``'train+val'``.
        pipeline: Transforms. A flip must be ``FlipParts``, which swaps left and right
            labels.
        **kwargs: As for MMEngine's ``BaseDataset``.

    Raises:
        InputError: The data cannot be read, the split does not exist, or the pipeline
            flips images without swapping left and right labels.
    """

    scheme: PartScheme

    def __init__(
        self, data_root: str, split: str = 'train', pipeline: Sequence = (), **kwargs
    ):
        self.split = split
        if any(step.get('type', '').endswith('RandomFlip') for step in pipeline):
            raise InputError(
                'RandomFlip does not swap left and right parts: use FlipParts'
            )
        super().__init__(
            metainfo=self.scheme.metainfo(),
            data_root=data_root,
            pipeline=list(pipeline),
            **kwargs,
        )

    def read(self, data_root: str) -> list[PartSample]:
        """The samples of all splits."""
        raise NotImplementedError

    def load_data_list(self) -> list[dict]:
        """One dict per sample, as mmcv's pipelines take it."""
        samples = self.read(self.data_root)
        there = sorted({sample.split for sample in samples})
        wanted = self.split.split('+')
        if missing := [name for name in wanted if name not in there]:
            raise InputError(
                f'{self.data_root} has no split {missing[0]!r}, it has {", ".join(there)}'
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
    """LaPa with its eleven labels; see :func:`~mmlandmark.formats.parts.read_lapa`."""

    scheme = LAPA11

    def read(self, data_root: str) -> list[PartSample]:
        """See :meth:`PartsDataset.read`."""
        return read_lapa(data_root)


@DATASETS.register_module()
class FassegDataset(PartsDataset):
    """FASSEG with its six labels; see :func:`~mmlandmark.formats.parts.read_fasseg`."""

    scheme = FASSEG6

    def read(self, data_root: str) -> list[PartSample]:
        """See :meth:`PartsDataset.read`."""
        return read_fasseg(data_root)
