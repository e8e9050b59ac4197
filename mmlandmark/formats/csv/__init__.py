"""CSV tables of points: one row per image or one row per point.

The separator (comma, semicolon, tab), the headings and the layout are detected; see
:func:`read_csv`. Messages name a cell by row and column as a spreadsheet shows them.

Index base: 0-based pixel centres, or 1-based with ``index_base=1``.
"""

from .images import find_table
from .table import CsvTable, read_csv

__all__ = ['CsvTable', 'find_table', 'read_csv']
