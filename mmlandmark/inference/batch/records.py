"""The JSONL file of a run: one record per image, appended and read one at a time.

A record is ``{"image", "width", "height", "model", "options", "predictions"}``. The
predictions are written by :meth:`Prediction.to_dict`, in pixels, 0-based. The options are
everything else on which the points depend (:attr:`.predictor.BatchPredictor.options` and
the ``spacing`` of the image). A run that was killed leaves complete lines and at most one
partial line, so it can be resumed.
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
    """Append one line and flush it, so that it survives a kill of the process."""
    file.write(json.dumps(record) + '\n')
    file.flush()


@contextlib.contextmanager
def saving(path: Path) -> Iterator[None]:
    """Convert an error of writing to ``path``, such as a full disk, to an InputError.

    Raises:
        InputError: Writing failed; the earlier content of the file is kept.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)) != path:
            raise  # the error of another file
        reason = error.strerror or str(error)
        raise InputError(
            f'{path} cannot be written: {reason}; what was written before is kept'
        ) from None


def read_records(path: Path) -> Iterator[dict]:
    """Read the records of a file one at a time; a partial last line is ignored.

    Raises:
        InputError: The file does not exist, or a line is not a record.
    """
    for _, record in _placed(path):
        yield record


def _placed(path: Path) -> Iterator[tuple[int, dict]]:
    """Each record with the byte offset of its line."""
    if not path.is_file():
        raise InputError(f'no results at {path}')
    with path.open('rb') as file:
        place = 0
        for number, line in enumerate(file, start=1):
            if not line.endswith(b'\n'):
                return  # a run was killed while it wrote this line
            yield place, _parsed(line, f'{path} line {number}')
            place += len(line)


def _parsed(line: bytes, where: str) -> dict:
    try:
        record = json.loads(line)
        if is_record(record):
            return record
    except (ValueError, RecursionError):
        pass
    raise InputError(
        f'{where} is not a record of predicted points: give a .jsonl file of predictions'
    )


def is_record(record: object) -> bool:
    """Whether a value has the keys and types of a record that readers use."""
    return (
        isinstance(record, dict)
        and isinstance(record.get('image'), str)
        and '\0' not in record['image']
        and all(isinstance(record.get(key), int) for key in ('width', 'height'))
        and isinstance(record.get('predictions'), list)
        and all(_is_prediction(value) for value in record['predictions'])
    )


def _is_prediction(value: object) -> bool:
    """Whether a value is a prediction with a box and with all points and scores."""
    try:
        found = Prediction.from_dict(value)
    except InputError:
        return False
    known = found.box is not None and not found.missing.any()
    return known and bool(np.isfinite(found.scores).all())


def drop_partial_line(path: Path) -> None:
    """Remove the partial last line that a killed run has left, if there is one."""
    whole = 0
    with path.open('rb+') as file:
        for line in file:
            if line.endswith(b'\n'):
                whole += len(line)
        file.truncate(whole)


def finished_images(
    paths: Iterable[Path],
    model: str,
    options: Mapping[str, object],
    spacings: Mapping[str, object],
) -> set[str]:
    """Names of the images that have a record in one of the files.

    Args:
        paths: Files of records; a file that does not exist has no records.
        model: The model of this run.
        options: The options of this run, see :attr:`.predictor.BatchPredictor.options`.
        spacings: Image names to their spacings as plain values, or None.

    Raises:
        InputError: A record is of another model or of other options.
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
            if (
                record['image'] in spacings
            ):  # records of other images are kept unchanged
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


def shards_of(journal: Path) -> list[Path]:
    """The files that the processes of torchrun write, before they are merged."""
    return sorted(journal.parent.glob(f'{journal.name}.part*'))


def merge_shards(journal: Path, order: Iterable[str]) -> None:
    """Merge the shards into the journal and sort it by the order of the images.

    The result does not depend on the number of processes. If an image has records in two
    files, because a run was killed between the merge and the deletion of the shards, the
    last record is used. Only byte offsets are held in memory, not records.

    Args:
        journal: The ``.jsonl`` file; it is replaced atomically.
        order: Names of the images of this run. Records of other images stay in front, in
            their order.
    """
    shards = shards_of(journal)
    where = {
        record['image']: (path, place)
        for path in [journal, *shards]
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
    for shard in shards:
        shard.unlink()


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a partial file, which replaces ``path`` if the block succeeds.

    Raises:
        InputError: The file cannot be written; ``path`` is unchanged.
    """
    partial = path.with_name(path.name + '.partial')
    try:
        with saving(path):
            yield partial
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
