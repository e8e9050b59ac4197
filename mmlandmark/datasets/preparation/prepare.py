"""Writes samples as a prepared data set for ``KeypointDataset``.

out/train.json  val.json  test*.json  trainval.json   COCO keypoints of each split
out/images/ID.png
out/depth/ID.png    where the source has depth maps
out/scheme.json     names, flip pairs and skeleton of the points
out/dataset.json    number of images, counts, and what was skipped and why
"""

from __future__ import annotations

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import track

from ...errors import InputError
from ...formats.coco.samples import plain_points
from ...formats.coco.writer import scheme_category, write_coco
from ...formats.common.image_names import numbered
from ...schemes import Scheme
from ...structures.coco import image_extras, keypoints_entry
from ...structures.sample import LandmarkSample, ReadReport, require_unique_ids
from .folder import refuse_existing, whole_folder
from .images import Loaded, file_stem, keep_inside, load, write
from .splits import split_samples

__all__ = [
    'keep_inside',
    'refuse_existing',
    'split_samples',
    'summary_lines',
    'write_dataset',
]

SEVERAL_HEADS = (
    'images hold several heads, one sample each: box=image gives them the same crop, use '
    'train_dataloader.dataset.box=annotation (and the same for val and test)'
)
BAD_BOXES = (
    'boxes are empty or outside their image, they are kept: only box=image can train on '
    'them'
)
NO_BOXES = (
    'samples have no box while others have one: the whole image is written as their box'
)


def write_dataset(
    samples: list[LandmarkSample],
    scheme: Scheme,
    out: Path,
    report: ReadReport,
    max_side: int | None = None,
    overwrite: bool = False,
) -> dict:
    """Write a prepared data set; ``out`` appears or is replaced when it is complete.

    Args:
        samples: Samples with splits, see :func:`split_samples`.
        scheme: The K points; every sample must have ``(K, 2)`` points.
        out: A new folder; with ``overwrite`` also an earlier prepared one.
        report: Collects images that cannot be read, and counts points outside them.
        max_side: Largest side in pixels: larger images are downsampled, their points and
            spacing are scaled with them.
        overwrite: Replace ``out``.

    Returns:
        The content of ``dataset.json``.

    Raises:
        InputError: ``out`` exists or is in use, ids repeat, the number of points differs,
            or no sample is left.
    """
    require_unique_ids([sample.id for sample in samples])
    for sample in samples:
        if sample.points.shape != (len(scheme), 2):
            raise InputError(
                f'{sample.id} has {len(sample.points)} points, scheme {scheme.name} '
                f'has {len(scheme)}'
            )
    with whole_folder(out, overwrite) as folder:
        (folder / 'images').mkdir()
        records = _write_images(samples, folder, report, max_side)
        return _write_json(records, scheme, folder, report)


def _write_images(
    samples: list[LandmarkSample],
    folder: Path,
    report: ReadReport,
    max_side: int | None,
) -> list[dict]:
    # ids may map to one file name, or to names that differ in case only
    stems = numbered(file_stem(sample.id) for sample in samples)
    heads = Counter(s.image for s in samples if isinstance(s.image, Path))

    def one(sample: LandmarkSample, stem: str) -> tuple[Counter, dict] | InputError:
        try:
            loaded = load(sample)
        except InputError as error:
            return error
        # errors of writing are not caught: they end the preparation
        return _counts(loaded), write(loaded, folder, stem, max_side)

    records = []
    # decoding and encoding release the interpreter lock, so threads are enough
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = track(
            pool.map(one, samples, stems),
            'writing images',
            total=len(samples),
            transient=True,
        )
        for sample, result in zip(samples, results, strict=True):
            if isinstance(result, InputError):
                report.skip(sample.id, str(result))
                continue
            counts, record = result
            report.counts.update(counts)
            if isinstance(sample.image, Path) and heads[sample.image] > 1:
                record['heads'] = heads[sample.image]
            records.append(record)
    if not records:
        raise InputError(_nothing_left(report))
    # each sample of a prepared folder has its own image, with the number of its heads
    copies = sum('heads' in image_extras(sample.extra) for sample in samples)
    report.count(SEVERAL_HEADS, sum(n > 1 for n in heads.values()) + copies)
    if any(sample.box for sample in samples):
        report.count(NO_BOXES, sum(sample.box is None for sample in samples))
    return records


def _counts(loaded: Loaded) -> Counter:
    """The counts of a sample for the report; keeps no pixels."""
    counts = {
        'points not annotated, kept as missing': loaded.absent,
        'points outside the image, kept as missing': loaded.outside,
        BAD_BOXES: int(loaded.has_bad_box()),
    }
    return Counter({what: n for what, n in counts.items() if n})


def _nothing_left(report: ReadReport) -> str:
    if not report.skipped:
        return 'there are no samples to prepare'
    where, why = report.skipped[0]
    return f'all {len(report.skipped)} images were skipped; the first, {where}: {why}'


def _write_json(
    records: list[dict], scheme: Scheme, folder: Path, report: ReadReport
) -> dict:
    splits: dict[str, list[dict]] = {}
    for record in records:
        splits.setdefault(record.pop('split'), []).append(record)
    if 'train' in splits and 'val' in splits:
        splits['trainval'] = splits['train'] + splits['val']
    for split, members in splits.items():
        images, annotations = _entries(members)
        with (folder / f'{split}.json').open('w', encoding='utf-8') as file:
            write_coco(file, images, annotations, [scheme_category(scheme)])
    scheme.save(folder / 'scheme.json')
    summary = dict(
        scheme=scheme.name,
        splits={split: len(members) for split, members in splits.items()},
        counts=dict(report.counts),
        reasons=dict(report.reasons()),
        skipped=[dict(where=where, why=why) for where, why in report.skipped],
    )
    text = json.dumps(summary, indent=1) + '\n'
    (folder / 'dataset.json').write_text(text, encoding='utf-8')
    return summary


# keys of a record that belong to the annotation, not to the image
_OF_THE_HEAD = ('points', 'box', 'annotators', 'occluded')


def _entries(records: list[dict]) -> tuple[list[dict], list[dict]]:
    """The images of a COCO file and their annotations, one each."""
    images, annotations = [], []
    for number, record in enumerate(records, start=1):
        meta = {k: v for k, v in record.items() if k not in _OF_THE_HEAD}
        images.append(meta | dict(id=number))
        annotation = keypoints_entry(
            number,
            number,
            record['points'],
            record['box'],
            occluded=record.get('occluded'),
        )
        if 'annotators' in record:
            views = record['annotators'].items()
            annotation['annotators'] = {who: plain_points(view) for who, view in views}
        annotations.append(annotation)
    return images, annotations


def summary_lines(summary: dict, out: Path) -> list[str]:
    """The summary as lines of text: splits, counts, and what was skipped and why."""
    splits = ', '.join(f'{name} {n}' for name, n in summary['splits'].items())
    lines = [f'{out}: scheme {summary["scheme"]}; {splits}']
    lines += [f'  {n} {what}' for what, n in summary['counts'].items()]
    skipped, reasons = summary['skipped'], summary['reasons']
    lines.append(f'  {len(skipped)} images skipped' + (':' if skipped else ''))
    if len(reasons) < len(skipped):
        lines += [f'    {n} times: {why}' for why, n in reasons.items()]
    lines += [f'    {s["where"]}: {s["why"]}' for s in skipped[:10]]
    if len(skipped) > 10:
        lines.append(f'    and {len(skipped) - 10} more, all in dataset.json')
    return lines
