"""Norms of the measurements, read from a CSV file that a user can replace."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .definitions import DEFINITIONS

NORMS_FILE = Path(__file__).with_name('norms.csv')
NUMBERS = ('value', 'sd', 'low', 'high', 'per_year', 'at_age', 'age_from', 'age_to')
COLUMNS = ('measurement', *NUMBERS, 'sex', 'population', 'source', 'status')
#: Values of the column ``status``: whether somebody compared a row with its source.
STATUSES = ('checked', 'from secondary source', '')
SEXES = ('female', 'male')

#: Age in years if none is given: an adult, older than the last age at which a norm changes.
ADULT = 18.0


@dataclass(frozen=True)
class Norm:
    """The norm of one measurement.

    Attributes:
        value: The mean; None where only a range is known.
        sd: The standard deviation; None where not known.
        low, high: The range; None where not known.
        per_year: Change of the mean per year, from ``age_from`` to ``age_to``.
        at_age: The age in years at which the mean is ``value``.
        age_from, age_to: Range of ages in years; None for no limit.
        sex: ``'female'``, ``'male'``, or empty for both.
        population: The sample it was measured on.
        source: The publication.
        status: ``'checked'`` if the row was compared with that publication, ``'from
            secondary source'`` if it was taken from a later text; empty if not known.
    """

    value: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    per_year: float | None = None
    at_age: float | None = None
    age_from: float | None = None
    age_to: float | None = None
    sex: str = ''
    population: str = ''
    source: str = ''
    status: str = ''

    def deviation(self, value: np.ndarray | float):
        """``(value - mean) / SD``; NaN without a mean or an SD."""
        if self.value is None or self.sd is None:
            return np.full(np.shape(value), np.nan)[()]
        return (np.asarray(value) - self.value)[()] / self.sd

    def __str__(self) -> str:
        if self.value is not None and self.sd is not None:
            return f'{self.value:.4g} ± {self.sd:.3g}'
        if self.low is not None and self.high is not None:
            return f'{self.low:.4g} to {self.high:.4g}'
        return '' if self.value is None else f'{self.value:.4g}'

    def fits(self, sex: str | None, age: float) -> bool:
        """Whether the norm applies to a person of this sex and age in years."""
        grows = self.per_year is not None  # then it applies to adults, too
        return (
            (not self.sex or self.sex == sex)
            and (self.age_from is None or age >= self.age_from)
            and (self.age_to is None or grows or age <= self.age_to)
        )

    def at(self, age: float) -> Norm:
        """The norm at an age in years, with the yearly change applied."""
        if self.per_year is None or self.value is None or self.at_age is None:
            return self
        grown = min(age, self.age_to if self.age_to is not None else ADULT)
        mean = self.value + self.per_year * (grown - self.at_age)
        return replace(self, value=round(mean, 2), per_year=None)


Norms = dict[str, list[Norm]]


def read_norms(path: str | Path = NORMS_FILE) -> Norms:
    """Read a norms file: that of the package, or a user's file that replaces it.

    Args:
        path: A CSV file with columns from :data:`COLUMNS`. ``measurement`` is required,
            and ``value`` or ``low`` and ``high``. An empty cell means not known.

    Returns:
        The norms of each measurement, in the order of the file.

    Raises:
        InputError: The file does not exist, or it has an unknown column, an unknown
            measurement or a cell that is not a number.
    """
    path = Path(path)
    try:
        with path.open(newline='', encoding='utf-8-sig') as file:
            reader = csv.DictReader(file)
            columns, rows = reader.fieldnames or (), list(reader)
    except FileNotFoundError:
        raise InputError(f'no norms file {path}') from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f'{path} is not a CSV file of norms: {error}') from None
    _check_columns(path, columns)
    norms: Norms = {}
    for number, row in enumerate(rows, start=2):
        where = f'{path} line {number}'
        name = (row['measurement'] or '').strip()
        if name not in DEFINITIONS:
            raise InputError(
                f'{where}: unknown measurement {name!r}; docs/reference/cephalometry.md '
                'lists the names'
            )
        norms.setdefault(name, []).append(_norm(where, row))
    return norms


def _check_columns(path: Path, found: Sequence[str]) -> None:
    if 'measurement' not in found or not {'value', 'low'} & set(found):
        raise InputError(
            f'{path} needs the columns measurement and value, or low and high; it has '
            f'{", ".join(found) or "none"}'
        )
    if unknown := set(found) - set(COLUMNS):
        raise InputError(
            f'{path}: unknown column {sorted(unknown)[0]!r}; the columns are '
            f'{", ".join(COLUMNS)}'
        )


def _norm(where: str, row: dict) -> Norm:
    # a short line has None in its last cells, a long one a list under None
    if None in row:
        raise InputError(f'{where} has more cells than columns')
    cells = {key: (cell or '').strip() for key, cell in row.items()}
    sex = cells.get('sex', '')
    if sex not in ('', *SEXES):
        raise InputError(f'{where}: sex {sex!r} is not female, male or empty')
    numbers = {key: _number(where, key, cells.get(key, '')) for key in NUMBERS}
    if numbers['sd'] is not None and numbers['sd'] <= 0:
        raise InputError(f'{where}: sd {numbers["sd"]} is not above zero')
    if numbers['value'] is None and None in (numbers['low'], numbers['high']):
        raise InputError(f'{where} has neither a value nor low and high')
    values: dict[str, Any] = dict(numbers, sex=sex)
    if cells.get('status', '') not in STATUSES:
        raise InputError(
            f'{where}: status {cells["status"]!r} is not '
            f'{", ".join(filter(None, STATUSES))} or empty'
        )
    for key in ('population', 'source', 'status'):
        values[key] = cells.get(key, '')
    return Norm(**values)


def _number(where: str, key: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(f'{where}: {key} {cell!r} is not a number')
    return value


def norm_of(
    norms: Norms, name: str, sex: str | None = None, age: float | None = None
) -> Norm | None:
    """The first norm of a measurement that applies to a person; None if there is none.

    Args:
        norms: From :func:`read_norms`.
        name: Name of the measurement.
        sex: ``'female'`` or ``'male'``; None selects only norms for both.
        age: In years; None for an adult.
    """
    years = ADULT if age is None else age
    for norm in norms.get(name, ()):
        if norm.fits(sex, years):
            return norm.at(years)
    return None
