"""A run over many images: it can be killed and goes on, and splits over processes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from rich.progress import track

from ...errors import InputError
from ...utils.locks import exclusive
from ...utils.plain_text import printable
from .image_files import count_low_confidence
from .predictor import BatchPredictor, ImageTask, PredictOptions
from .records import (
    drop_partial_line,
    finished,
    merge_shards,
    parts_of,
    saving,
    write_record,
)
from .results import checked_results, export
from .workers import device_of, gathered, in_workers, launched, share_cores

Find = Callable[[PredictOptions, Iterable[ImageTask], int], Iterator[dict]]


@dataclass
class Summary:
    """What a run has done.

    Attributes:
        found: Images whose points were found now.
        before: Images that the results held already.
        skipped: A line on each image that cannot be used.
        reasons: Why, and how many.
        nothing: Names of images without a face.
        low_confidence: Names of images, and the number of their points of low confidence.
        calibrated: Whether the model tells which points are of low confidence.
    """

    found: int = 0
    before: int = 0
    skipped: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    nothing: list[str] = field(default_factory=list)
    low_confidence: list[tuple[str, int]] = field(default_factory=list)
    calibrated: bool = False

    def add(self, record: dict) -> None:
        """Count one record."""
        name = Path(record['image']).name
        if 'error' in record:
            self.skipped.append(record['error'])
            self.reasons[_reason(record)] += 1
            return
        self.found += 1
        low_confidence = count_low_confidence(record['predictions'])
        if not record['predictions']:
            self.nothing.append(name)
        elif low_confidence:
            self.low_confidence.append((name, low_confidence))


def _reason(record: dict) -> str:
    """Why an image was skipped, without its name."""
    path = Path(record['image'])
    error = record['error'].replace(str(path), '').replace(path.name, '')
    return ' '.join(error.split())


def run(
    settings: PredictOptions,
    items: list[ImageTask],
    results: Path | None = None,
    workers: int = 1,
    overwrite: bool = False,
    find: Find = in_workers,
) -> Summary | None:
    """Find the points of images; with ``results``, go on where an earlier run stopped.

    Each record is appended to ``results`` with the suffix ``.jsonl`` as it comes. At the
    end the lines are put in the order of the items, and written as CSV or COCO where the
    suffix says so: one process, several, or a run after a kill end with the same files.

    Args:
        settings: What with.
        items: The images.
        results: ``.jsonl``, ``.csv`` or ``.json``; None to write none.
        workers: Processes; 1 finds in this one.
        overwrite: Begin anew and forget what the results hold.
        find: What the processes are; :func:`in_workers`, or Ray's.

    Returns:
        What was done; None in all but the first process of ``torchrun``.

    Raises:
        InputError: The model or the results cannot be used, or a process has died.
    """
    with launched() as (rank, processes), ExitStack() as stack:
        if processes > 1:
            share_cores(processes)
        local = int(os.environ.get('LOCAL_RANK', rank))
        finder = BatchPredictor(settings, device_of(settings, local))
        if settings.out:
            settings.out.mkdir(parents=True, exist_ok=True)
        if results and rank == 0:  # the others of torchrun are of this run
            stack.enter_context(exclusive(_checked(results), 'another run'))
        journal = _journal(results, rank, overwrite)
        gathered(None, processes)  # nobody reads before the first has made way
        known = (journal, *parts_of(journal)) if journal else ()
        spacings = {item.name: item.known_spacing for item in items}
        before = finished(known, finder.model, finder.options, spacings)
        gathered(None, processes)  # nor writes before all have read
        mine = [item for item in items[rank::processes] if item.name not in before]
        found: Iterable[dict] = map(finder, mine)
        if workers > 1:
            found = find(settings, mine, workers)
        target = journal
        if journal and processes > 1:
            target = journal.with_name(f'{journal.name}.part{rank}')
        summary = Summary(calibrated=finder.detector.calibration is not None)
        summary.before = len(items[rank::processes]) - len(mine)
        bar = track(
            found, 'finding points', len(mine), transient=True, disable=rank > 0
        )
        _append(bar, target, summary)
        summaries = gathered(summary, processes)
        if rank > 0:
            return None
        if journal and results:
            merge_shards(journal, (item.name for item in items))
            export(journal, results, finder.detector.scheme)
    return _merged(summaries)


def _journal(results: Path | None, rank: int, overwrite: bool) -> Path | None:
    """The JSON lines of these results, or None; the first process makes way for them."""
    if results is None:
        return None
    journal = _checked(results)
    if rank == 0:
        for path in (journal, *parts_of(journal)):
            if overwrite:
                path.unlink(missing_ok=True)
            elif path.is_file():
                drop_partial_line(path)
    return journal


def _checked(results: Path) -> Path:
    """The JSON lines of results that can be written."""
    journal = checked_results(results).with_suffix('.jsonl')
    if not journal.parent.is_dir():
        raise InputError(f'no folder {journal.parent} to write {results.name} in')
    return journal


def _append(records: Iterable[dict], target: Path | None, summary: Summary) -> None:
    # closing the file fails too, where a write has
    with (
        saving(target) if target else nullcontext(),
        target.open('a', encoding='utf-8') if target else nullcontext() as file,
    ):
        for record in records:
            summary.add(record)
            if file and 'error' not in record:  # a bad image is tried again next time
                write_record(file, record)


def _merged(summaries: list[Summary]) -> Summary:
    return Summary(
        found=sum(s.found for s in summaries),
        before=sum(s.before for s in summaries),
        skipped=sorted(chain.from_iterable(s.skipped for s in summaries)),
        reasons=sum((s.reasons for s in summaries), Counter()),
        nothing=sorted(chain.from_iterable(s.nothing for s in summaries)),
        low_confidence=sorted(chain.from_iterable(s.low_confidence for s in summaries)),
        calibrated=summaries[0].calibrated,
    )


def lines(summary: Summary, out: Path | None, results: Path | None) -> list[str]:
    """The summary as the user reads it; what was skipped stands at the end."""
    said = [
        f'  {name}: {n} points of low confidence' for name, n in summary.low_confidence
    ]
    places = [f'points (.json, .csv) and overlays (.png) in {out}'] if out else []
    places += [f'points in {results}'] if results else []
    said.append(f'{summary.found} images: {"; ".join(places)}')
    if summary.before:
        said.append(f'  {summary.before} were finished before')
    if not summary.calibrated:
        said.append(
            '  not calibrated (mmlandmark calibrate): points of low confidence are unknown'
        )
    for name in summary.nothing:
        said.append(f'  no face found in {name}: crop it closer')
    said += [f'  skipped: {line}' for line in summary.skipped]
    if len(summary.skipped) > 1:
        said += [
            f'  skipped {count} images: {reason}'
            for reason, count in summary.reasons.most_common()
        ]
    return [printable(line) for line in said]
