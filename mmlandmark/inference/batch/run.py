"""Predict many images: resumable, and distributed over processes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ...errors import InputError
from ...structures.head_view import HeadView
from ...utils.locks import exclusive
from ...utils.plain_text import counted, printable
from ...utils.progress import progress
from .image_files import count_low_confidence
from .predictor import BatchPredictor, ImageTask, PredictOptions
from .records import (
    drop_partial_line,
    finished_images,
    merge_shards,
    saving,
    shards_of,
    write_record,
)
from .results import checked_results, write_results
from .workers import device_of, gathered, in_workers, launched, share_cores

PredictIn = Callable[[PredictOptions, Iterable[ImageTask], int], Iterator[dict]]


@dataclass
class BatchSummary:
    """Summary of a run.

    Attributes:
        found: Number of images predicted in this run.
        finished: Number of images whose records existed before this run.
        skipped: One message per image that cannot be used.
        reasons: Number of skipped images by reason.
        without_head: Names of the images in which no face or head was found.
        remarks: Names of the images with an unusual view of a head, and what is unusual.
        subject: What the detector finds: ``'face'`` or ``'lateral head'``.
        low_confidence: Names of images with the number of their points of low confidence.
        calibrated: Whether the model is calibrated; otherwise low confidence is not known.
    """

    found: int = 0
    finished: int = 0
    skipped: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    without_head: list[str] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    subject: str = 'face'
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
            self.without_head.append(name)
        elif low_confidence:
            self.low_confidence.append((name, low_confidence))
        for prediction in record['predictions']:
            if prediction.get('view'):
                found = HeadView.from_dict(prediction['view']).remarks()
                self.remarks += [(name, '; '.join(found))] * bool(found)


def _reason(record: dict) -> str:
    """Why an image was skipped, without its name."""
    path = Path(record['image'])
    error = record['error'].replace(str(path), '').replace(path.name, '')
    return ' '.join(error.split())


def predict_batch(
    settings: PredictOptions,
    tasks: list[ImageTask],
    results: Path | None = None,
    workers: int = 1,
    overwrite: bool = False,
    predict_in: PredictIn = in_workers,
) -> BatchSummary | None:
    """Predict the points of images; ``results`` of an earlier run are continued.

    Each record is appended to ``results`` with the suffix ``.jsonl`` as soon as it exists.
    At the end the lines are sorted in the order of the tasks, and converted to CSV or COCO
    as the suffix requires. The number of processes does not change the files.

    Args:
        settings: The model and its options.
        tasks: The images.
        results: ``.jsonl``, ``.csv`` or ``.json``; None to write none.
        workers: Number of processes; with 1 this process predicts.
        overwrite: Delete existing results and start again.
        predict_in: Computes the records with several workers: :func:`in_workers`, or
            :func:`.ray_data.in_ray`.

    Returns:
        The summary; None in all but the first process of ``torchrun``.

    Raises:
        InputError: The model or the results cannot be used, or a process has died.
    """
    with launched() as (rank, processes), ExitStack() as stack:
        predictor = _predictor(settings, rank, processes)
        if results and rank == 0:  # the other processes of torchrun share its lock
            stack.enter_context(exclusive(_checked(results), 'another run'))
        journal = _prepared_journal(results, rank, overwrite)
        gathered(
            None, processes
        )  # wait until the first process has prepared the journal
        finished = _finished(predictor, journal, tasks)
        gathered(None, processes)  # wait until all processes have read it
        share = tasks[rank::processes]
        pending = [task for task in share if task.name not in finished]
        summary = BatchSummary(
            finished=len(share) - len(pending),
            calibrated=predictor.detector.calibrated,
            subject=predictor.detector.subject,
        )
        records: Iterable[dict] = map(predictor, pending)
        if workers > 1:
            records = predict_in(settings, pending, workers)
        if rank == 0:
            records = progress(records, 'finding points', len(pending))
        _append(records, _shard(journal, rank, processes), summary)
        summaries = gathered(summary, processes)
        if rank > 0:
            return None
        if journal and results:
            merge_shards(journal, (task.name for task in tasks))
            write_results(journal, results, predictor.detector.scheme)
    return _merged(summaries)


def _predictor(settings: PredictOptions, rank: int, processes: int) -> BatchPredictor:
    """The predictor of one process, with its share of the cores or its GPU."""
    if processes > 1:
        share_cores(processes)
    local = int(os.environ.get('LOCAL_RANK', rank))
    predictor = BatchPredictor(settings, device_of(settings, local))
    if settings.out:
        settings.out.mkdir(parents=True, exist_ok=True)
    return predictor


def _finished(
    predictor: BatchPredictor, journal: Path | None, tasks: Iterable[ImageTask]
) -> set[str]:
    """Names of the images whose records are in the journal or in a shard of it."""
    if journal is None:
        return set()
    paths = (journal, *shards_of(journal))
    spacings = {task.name: task.known_spacing for task in tasks}
    return finished_images(paths, predictor.model, predictor.options, spacings)


def _shard(journal: Path | None, rank: int, processes: int) -> Path | None:
    """The file to which a process appends: the journal, or its own shard of it."""
    if journal is None or processes == 1:
        return journal
    return journal.with_name(f'{journal.name}.part{rank}')


def _prepared_journal(results: Path | None, rank: int, overwrite: bool) -> Path | None:
    """The JSONL file of the results; the first process prepares it for appending."""
    if results is None:
        return None
    journal = _checked(results)
    if rank == 0:
        for path in (journal, *shards_of(journal)):
            if overwrite:
                path.unlink(missing_ok=True)
            elif path.is_file():
                drop_partial_line(path)
    return journal


def _checked(results: Path) -> Path:
    """The path of the JSONL file, after a check that it can be written."""
    journal = checked_results(results).with_suffix('.jsonl')
    if not journal.parent.is_dir():
        raise InputError(f'no folder {journal.parent} to write {results.name} in')
    return journal


def _append(
    records: Iterable[dict], target: Path | None, summary: BatchSummary
) -> None:
    # closing the file fails too, after a failed write
    with (
        saving(target) if target else nullcontext(),
        target.open('a', encoding='utf-8') if target else nullcontext() as file,
    ):
        for record in records:
            summary.add(record)
            if (
                file and 'error' not in record
            ):  # an unusable image is tried again in the next run
                write_record(file, record)


def _merged(summaries: list[BatchSummary]) -> BatchSummary:
    return BatchSummary(
        found=sum(s.found for s in summaries),
        finished=sum(s.finished for s in summaries),
        skipped=sorted(chain.from_iterable(s.skipped for s in summaries)),
        reasons=sum((s.reasons for s in summaries), Counter()),
        without_head=sorted(chain.from_iterable(s.without_head for s in summaries)),
        remarks=sorted(chain.from_iterable(s.remarks for s in summaries)),
        subject=summaries[0].subject,
        low_confidence=sorted(chain.from_iterable(s.low_confidence for s in summaries)),
        calibrated=summaries[0].calibrated,
    )


#: What the user can do about an image in which nothing is found.
ADVICE = {
    'face': 'crop it closer to the face',
    'lateral head': 'check the image, or set the points by hand (mmlandmark web)',
}


def summary_lines(
    summary: BatchSummary, out: Path | None, results: Path | None
) -> list[str]:
    """The summary as printable lines, with the skipped images at the end.

    Args:
        summary: Returned by :func:`predict_batch`.
        out: The folder of the files per image, or None.
        results: The file of all results, or None.
    """
    lines = [
        f'  {name}: {counted(n, "point")} of low confidence'
        for name, n in summary.low_confidence
    ]
    places = [f'points (.json, .csv) and overlays (.png) in {out}'] if out else []
    places += [f'points in {results}'] if results else []
    lines.append(f'{counted(summary.found, "image")}: {"; ".join(places)}')
    if summary.finished:
        lines.append(
            f'  {counted(summary.finished, "image")} already in the results, not predicted '
            'again'
        )
    if not summary.calibrated:
        lines.append(
            '  the model is not calibrated, so points of low confidence are not known '
            '(mmlandmark calibrate)'
        )
    lines += [f'  {name}: {remark}' for name, remark in summary.remarks]
    for name in summary.without_head:
        lines.append(
            f'  no {summary.subject} found in {name}: {ADVICE[summary.subject]}'
        )
    lines += [f'  skipped: {line}' for line in summary.skipped]
    if len(summary.skipped) > 1:
        lines += [
            f'  skipped {counted(count, "image")}: {reason}'
            for reason, count in summary.reasons.most_common()
        ]
    return [printable(line) for line in lines]
