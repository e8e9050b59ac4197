"""Any CSV table of points as a dataset of MMPose."""

from __future__ import annotations

from pathlib import Path

from mmengine.logging import print_log
from mmpose.registry import DATASETS

from ..errors import InputError
from ..formats.csv.images import find_table
from ..formats.csv.table import read_csv
from ..schemes import Scheme, get_scheme, scheme_from_names
from ..structures.sample import LandmarkSample
from .sample_dataset import SampleDataset


@DATASETS.register_module()
class CSVKeypointDataset(SampleDataset):
    """A table of points and its images; see :func:`mmlandmark.formats.read_csv`.

    Where the table has no split column, 60, 20 and 20 % of its subjects are drawn for
    training, validation and test.

    Args:
        data_root: The CSV file, or a folder with one CSV file in it.
        images: The folder of the images; by default that of the table and the folders
            below it.
        scheme: A scheme that renames the points and gives flip pairs, in the order of the
            table; by default the names in the table.
        index_base: 0 if the centre of the top left pixel is (0, 0) in the table, 1 if it
            is (1, 1).
        subject_from: A regular expression whose first group in a file name is the subject,
            for a grouped split: ``(.+)_`` for ``Ann_Lee_3.jpg``.
        **kwargs: As for :class:`SampleDataset`.

    Raises:
        InputError: As :func:`~mmlandmark.formats.read_csv` and :class:`SampleDataset`, or
            the scheme has another number of points than the table.
    """

    def __init__(
        self,
        data_root: str,
        images: str | None = None,
        scheme: str | dict | None = None,
        index_base: int = 0,
        subject_from: str | None = None,
        fractions: tuple[float, float] = (0.2, 0.2),
        **kwargs,
    ):
        self.images = images
        self.named = scheme
        self.index_base = index_base
        self.subject_from = subject_from
        super().__init__(data_root=data_root, fractions=fractions, **kwargs)

    def read(self, data_root: str) -> tuple[Scheme, list[LandmarkSample]]:
        """See :meth:`SampleDataset.read`."""
        path = find_table(Path(data_root))
        table = read_csv(
            path, self.images, self.report, self.index_base, self.subject_from
        )
        print_log(f'{path}: {table.layout}', 'current')
        if self.named is None:
            return scheme_from_names(path.stem, list(table.points)), table.samples
        scheme = get_scheme(self.named)
        if len(scheme) != len(table.points):
            raise InputError(
                f'{path} has {len(table.points)} points, scheme {scheme.name} has '
                f'{len(scheme)}'
            )
        return scheme, table.samples
