"""What a run found, one JSON line an image, appended as it comes and read one at a time.

A line is ``{"image", "width", "height", "model", "predictions"}``; the predictions are
those of :meth:`Prediction.to_dict`, in pixels, 0-based. A run that was killed leaves whole
lines and at most one torn one, so it can go on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from ..errors import InputError


def write_record(file: IO[str], record: dict) -> None:
    """Append one line, whole on the disk even if the process is killed right after."""
    file.write(json.dumps(record) + '\n')
    file.flush()


def read_records(path: Path) -> Iterator[dict]:
    """The records of a file, one in memory at a time; a torn last line is left out.

    Raises:
        InputError: No such file, or a line that no run has written.
    """
    for _, record in _placed(path):
        yield record


def _placed(path: Path) -> Iterator[tuple[int, dict]]:
    """Each record and the byte its line begins at."""
    if not path.is_file():
        raise InputError(f'no results at {path}')
    with path.open('rb') as file:
        place = 0
        for number, line in enumerate(file, start=1):
            if not line.endswith(b'\n'):
                return  # the run was killed within it
            yield place, _parsed(line, f'{path} line {number}')
            place += len(line)


def _parsed(line: bytes, where: str) -> dict:
    try:
        record = json.loads(line)
        str(record['image']), list(record['predictions'])
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f'{where} is no result of tools/inference.py: choose another file'
        ) from None
    return record


def mend(path: Path) -> None:
    """Take away the line that a killed run left half written, if there is one."""
    whole = 0
    with path.open('rb+') as file:
        for line in file:
            if line.endswith(b'\n'):
                whole += len(line)
        file.truncate(whole)


def finished(paths: Iterable[Path], model: str) -> set[str]:
    """The images that results hold already; of files that are not there, none.

    Raises:
        InputError: They are of another model.
    """
    names = set()
    for path in paths:
        for record in read_records(path) if path.is_file() else ():
            if record.get('model') != model:
                raise InputError(
                    f'{path} holds points of another model ({record.get("model")}): '
                    'choose another --results, or --overwrite'
                )
            names.add(record['image'])
    return names


def parts_of(journal: Path) -> list[Path]:
    """What the processes of one run write beside its results until they are merged."""
    return sorted(journal.parent.glob(f'{journal.name}.part*'))


def settle(journal: Path, order: Iterable[str]) -> None:
    """Merge the parts into the results and sort them, so that all ways there end alike.

    Where a kill came between the merge and the end, an image stands in two files; the last
    counts. Only places are held in memory, never records.

    Args:
        journal: The ``.jsonl``; it is replaced as a whole.
        order: Names of images; those of earlier runs stay in front as they were.
    """
    parts = parts_of(journal)
    where = {
        record['image']: (path, place)
        for path in [journal, *parts]
        if path.is_file()
        for place, record in _placed(path)
    }
    last = [name for name in order if name in where]
    known = set(last)
    names = [name for name in where if name not in known] + last
    partial = journal.with_name(journal.name + '.partial')
    with partial.open('wb') as out:
        files = {path: path.open('rb') for path in {path for path, _ in where.values()}}
        for path, place in (where[name] for name in names):
            files[path].seek(place)
            out.write(files[path].readline())
        for file in files.values():
            file.close()
    os.replace(partial, journal)
    for part in parts:
        part.unlink()
