"""Results of a run: one JSON line per image, appended and read one at a time.

A line is ``{"image", "width", "height", "model", "options", "predictions"}``; the
predictions are those of :meth:`Prediction.to_dict`, in pixels, 0-based, and the options are
what else they depend on (:attr:`.predictor.BatchPredictor.options` and the image's
``spacing``). A run that was killed leaves whole lines and at most one partial line, so it
can be resumed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from ...errors import InputError
from ...structures.prediction import Prediction


def write_record(file: IO[str], record: dict) -> None:
    """Append one line, whole on the disk even if the process is killed right after."""
    file.write(json.dumps(record) + '\n')
    file.flush()


@contextlib.contextmanager
def saving(path: Path) -> Iterator[None]:
    """A write inside that fails, as on a full disk, becomes one line on the file.

    Raises:
        InputError: It failed; what was written before stays.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)) != path:
            raise  # of another file
        reason = error.strerror or str(error)
        raise InputError(
            f'{path} cannot be written: {reason}; what was written before is kept'
        ) from None


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
        if is_record(record):
            return record
    except (ValueError, RecursionError):
        pass
    raise InputError(f'{where} is not a record of predicted points: give another file')


def is_record(record: object) -> bool:
    """Whether a value is what a run writes of an image, as far as anything reads it."""
    return (
        isinstance(record, dict)
        and isinstance(record.get('image'), str)
        and '\0' not in record['image']
        and all(isinstance(record.get(key), int) for key in ('width', 'height'))
        and isinstance(record.get('predictions'), list)
        and all(_is_prediction(value) for value in record['predictions'])
    )


def _is_prediction(value: object) -> bool:
    """Whether it is a prediction as a detector finds it, with every point in its place."""
    try:
        found = Prediction.from_dict(value)
    except InputError:
        return False
    known = found.box is not None and not found.missing.any()
    return known and bool(np.isfinite(found.scores).all())


def drop_partial_line(path: Path) -> None:
    """Take away the line that a killed run left half written, if there is one."""
    whole = 0
    with path.open('rb+') as file:
        for line in file:
            if line.endswith(b'\n'):
                whole += len(line)
        file.truncate(whole)


def finished(
    paths: Iterable[Path],
    model: str,
    options: Mapping[str, object],
    spacings: Mapping[str, object],
) -> set[str]:
    """The images that results hold already; of files that are not there, none.

    Args:
        paths: Files of records.
        model: Whose points are wanted.
        options: What else they are to be found with.
        spacings: The spacing of each image that is wanted, as plain values, or None.

    Raises:
        InputError: They are of another model, or were found with other options.
    """
    names = set()
    for path in paths:
        for record in read_records(path) if path.is_file() else ():
            if record.get('model') != model:
                raise InputError(
                    f'{path} holds points of another model ({record.get("model")}): '
                    'choose another file, or overwrite it',
                    results=None,
                    overwrite=True,
                )
            wanted = dict(options)
            if record['image'] in spacings:  # else it is of an earlier run, as it was
                wanted['spacing'] = spacings[record['image']]
            _check_options(record, wanted, path)
            names.add(record['image'])
    return names


def _check_options(record: dict, wanted: dict, path: Path) -> None:
    known = record.get('options')
    known = known if isinstance(known, dict) else {}
    for key, value in wanted.items():
        if key not in known or known[key] != value:
            raise InputError(
                f'{path} holds points found with other options ({key} '
                f'{known.get(key, "unknown")}, now {value}): choose another file, or '
                'overwrite it',
                results=None,
                overwrite=True,
            )


def parts_of(journal: Path) -> list[Path]:
    """What the processes of one run write beside its results until they are merged."""
    return sorted(journal.parent.glob(f'{journal.name}.part*'))


def merge_shards(journal: Path, order: Iterable[str]) -> None:
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
    with replaced(journal) as partial, contextlib.ExitStack() as stack:
        out = stack.enter_context(partial.open('wb'))
        files = {
            path: stack.enter_context(path.open('rb'))
            for path in {path for path, _ in where.values()}
        }
        for path, place in (where[name] for name in names):
            files[path].seek(place)
            out.write(files[path].readline())
    for part in parts:
        part.unlink()


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Another path to write to, which takes the place of ``path`` once it is whole.

    Raises:
        InputError: It cannot be written; ``path`` is as it was.
    """
    partial = path.with_name(path.name + '.partial')
    try:
        with saving(path):
            yield partial
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
