"""Samples to a prepared data set: COCO JSON a split, images, spacing and scheme.

out/images/ID.png  out/train.json  val.json  test*.json  trainval.json
out/depth/ID.png   where the source has depth maps
out/scheme.json    out/dataset.json (what was read, counted and skipped)
"""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from .errors import InputError
from .readers.image import as_bgr, is_plain, write_depth, write_image
from .readers.picture import Picture, read_picture
from .readers.sample import LandmarkSample, ReadReport, refuse_duplicates
from .schemes import Scheme


def split_samples(
    samples: list[LandmarkSample], fractions: tuple[float, float], seed: int
) -> list[LandmarkSample]:
    """Give every sample a split, keeping all images of a subject together.

    Splits that the source names are kept. Samples without one go to train, val and
    test; where the source has a train part but no val part, val is taken out of train.

    Args:
        samples: As read.
        fractions: Share of subjects for ``(val, test)``.
        seed: The same seed and subjects give the same split.

    Raises:
        InputError: The source's own splits share a subject, or a part would be empty.
    """
    splits = {s.split for s in samples}
    if splits == {None}:
        samples = _deal(samples, {'val': fractions[0], 'test': fractions[1]}, seed)
    elif None in splits:
        n = sum(s.split is None for s in samples)
        raise InputError(
            f'{n} of {len(samples)} images name no split: give all or none'
        )
    elif 'val' not in splits and 'train' in splits:
        rest = [s for s in samples if s.split != 'train']
        train = [s for s in samples if s.split == 'train']
        samples = _deal(train, {'val': fractions[0]}, seed) + rest
    _refuse_shared_subjects(samples)
    return samples


def _deal(
    samples: list[LandmarkSample], shares: dict[str, float], seed: int
) -> list[LandmarkSample]:
    subjects = sorted({s.subject or s.id for s in samples})
    np.random.default_rng(seed).shuffle(subjects)
    part_of: dict[str, str] = {}
    for name, share in shares.items():
        count = round(share * len(subjects))
        if share > 0 and not 0 < count < len(subjects) - len(part_of):
            raise InputError(
                f'{len(subjects)} subjects are too few to set {share:.0%} apart as {name}'
            )
        part_of |= dict.fromkeys(subjects[len(part_of) :][:count], name)
    return [replace(s, split=part_of.get(s.subject or s.id, 'train')) for s in samples]


def _refuse_shared_subjects(samples: list[LandmarkSample]) -> None:
    where: dict[str, str | None] = {}
    for sample in samples:
        subject = sample.subject or sample.id
        if where.setdefault(subject, sample.split) != sample.split:
            raise InputError(
                f'patient {subject} is in both {where[subject]} and {sample.split}: '
                'a patient may be in one split only'
            )


def write_dataset(
    samples: list[LandmarkSample],
    scheme: Scheme,
    out: Path,
    report: ReadReport,
    max_side: int | None = None,
    overwrite: bool = False,
) -> dict:
    """Write a prepared data set; nothing appears at ``out`` until all of it is there.

    Args:
        samples: With their splits, see :func:`split_samples`.
        scheme: The points; every sample must have as many.
        out: A new folder, or an older one when ``overwrite``.
        report: Collects images that cannot be read and points outside them.
        max_side: Shrink images whose longer side is above this many pixels; points and
            spacing follow.
        overwrite: Replace ``out``.

    Returns:
        What ``dataset.json`` holds.

    Raises:
        InputError: ``out`` exists, ids repeat, counts differ, or nothing is left.
    """
    _refuse_existing(out, overwrite)
    refuse_duplicates([file_stem(sample.id) for sample in samples])
    for sample in samples:
        if sample.points.shape != (len(scheme), 2):
            raise InputError(
                f'{sample.id} has {len(sample.points)} points, scheme {scheme.name} '
                f'has {len(scheme)}'
            )
    partial = out.with_name(out.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)
    (partial / 'images').mkdir(parents=True)
    try:
        records = _write_images(samples, partial, report, max_side)
        summary = _write_json(records, scheme, partial, report)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if out.exists():
        shutil.rmtree(out)
    partial.rename(out)
    return summary


def _refuse_existing(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not overwrite:
        raise InputError(f'{out} exists already: choose another --out, or --overwrite')
    if not out.is_dir() or out.is_symlink():
        raise InputError(f'{out} is no folder of its own, it will not be overwritten')
    if any(out.iterdir()) and not (out / 'dataset.json').is_file():
        # --overwrite replaces prepared data, never somebody's home folder
        raise InputError(f'{out} is no prepared data set, it will not be overwritten')


def _write_images(
    samples: list[LandmarkSample],
    folder: Path,
    report: ReadReport,
    max_side: int | None,
) -> list[dict]:
    def one(sample: LandmarkSample) -> dict | InputError:
        try:
            return _write_image(sample, folder, max_side)
        except InputError as error:
            return error

    records = []
    # decoding and encoding release the interpreter lock, so threads are enough
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = track(
            pool.map(one, samples), 'writing images', total=len(samples), transient=True
        )
        for sample, result in zip(samples, results, strict=True):
            if isinstance(result, InputError):
                report.skip(sample.id, str(result))
                continue
            report.count('points not annotated', result.pop('absent'))
            report.count('points outside the image', result.pop('outside'))
            records.append(result)
    if not records:
        raise InputError(_nothing_left(report))
    return records


def _nothing_left(report: ReadReport) -> str:
    if not report.skipped:
        return 'there is no image to prepare'
    where, why = report.skipped[0]
    return f'all {len(report.skipped)} images were skipped; the first, {where}: {why}'


def _write_image(sample: LandmarkSample, folder: Path, max_side: int | None) -> dict:
    """Write one image; return its COCO ``images`` entry with the points added."""
    image = sample.image
    picture = read_picture(image) if isinstance(image, Path) else Picture(image)
    pixels, spacing = picture.pixels, sample.spacing or picture.spacing
    height, width = pixels.shape[:2]
    points, absent, outside = keep_inside(sample.points, width, height)
    if absent + outside == len(points):
        raise InputError('no point is annotated')
    scale = min(1.0, max_side / max(height, width)) if max_side else 1.0
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    new_height, new_width = pixels.shape[:2]
    sx, sy = new_width / width, new_height / height
    if scale == 1 and isinstance(image, Path) and is_plain(image):
        name = file_stem(sample.id) + image.suffix.lower()
        shutil.copyfile(image, folder / 'images' / name)
    else:
        name = f'{file_stem(sample.id)}.png'
        bgr = pixels if pixels.ndim == 2 else as_bgr(pixels)
        write_image(folder / 'images' / name, bgr)
    record = dict(
        file_name=name,
        width=new_width,
        height=new_height,
        sample_id=sample.id,
        patient_id=sample.subject or sample.id,
        split=sample.split,
        points=_rescaled(points, sx, sy),
        box=_scaled_box(sample.box, sx, sy, new_width, new_height),
        absent=absent,
        outside=outside,
    )
    if spacing:
        record['pixel_spacing'] = [spacing[0] / sy, spacing[1] / sx]
    if 'annotators' in sample.extra:
        views = sample.extra['annotators'].items()
        record['annotators'] = {who: _rescaled(view, sx, sy) for who, view in views}
    if 'depth' in sample.extra:
        record['depth'] = _write_depth(sample, folder, (new_width, new_height))
    return record


def _rescaled(points: np.ndarray, sx: float, sy: float) -> np.ndarray:
    """Where ``(K, 2)`` points are in the resized image."""
    # a resize keeps pixel edges, not centres, in place: hence the halves
    return (points + 0.5) * (sx, sy) - 0.5


def _write_depth(sample: LandmarkSample, folder: Path, size: tuple[int, int]) -> dict:
    """Write the depth map in the size (width, height) of the image: its COCO entry."""
    name = f'depth/{file_stem(sample.id)}.png'
    (folder / 'depth').mkdir(exist_ok=True)
    scale = write_depth(folder / name, sample.extra['depth'], size)
    return dict(file=name, **scale)


def file_stem(identity: str) -> str:
    """An id as a file name: nothing in it can lead to another folder."""
    return re.sub(r'[^\w.-]+', '_', identity).lstrip('.') or '_'


def keep_inside(
    points: np.ndarray, width: int, height: int
) -> tuple[np.ndarray, int, int]:
    """Turn points outside the image into missing ones.

    Returns:
        The ``(K, 2)`` points, how many were not annotated, how many outside.
    """
    absent = ~np.isfinite(points).all(axis=1)
    with np.errstate(invalid='ignore'):
        # a pixel's square reaches half a pixel beyond its centre
        inside = (points >= -0.5).all(axis=1)
        inside &= (points <= (width - 0.5, height - 0.5)).all(axis=1)
    outside = ~inside & ~absent
    kept = np.where((absent | outside)[:, None], np.nan, points)
    return kept, int(absent.sum()), int(outside.sum())


def _scaled_box(box, sx: float, sy: float, width: int, height: int) -> list[float]:
    """COCO's ``[x, y, w, h]``; the whole image when the source has no box."""
    if box is None:
        return [0.0, 0.0, float(width), float(height)]
    x1, y1, x2, y2 = box
    return [x1 * sx, y1 * sy, (x2 - x1) * sx, (y2 - y1) * sy]


def _write_json(
    records: list[dict], scheme: Scheme, folder: Path, report: ReadReport
) -> dict:
    parts: dict[str, list[dict]] = {}
    for record in records:
        parts.setdefault(record.pop('split'), []).append(record)
    if 'train' in parts and 'val' in parts:
        parts['trainval'] = parts['train'] + parts['val']
    for split, members in parts.items():
        text = json.dumps(_coco(members, scheme))
        (folder / f'{split}.json').write_text(text, encoding='utf-8')
    scheme.save(folder / 'scheme.json')
    summary = dict(
        scheme=scheme.name,
        splits={split: len(members) for split, members in parts.items()},
        counts=dict(report.counts),
        skipped=[dict(where=where, why=why) for where, why in report.skipped],
    )
    text = json.dumps(summary, indent=1) + '\n'
    (folder / 'dataset.json').write_text(text, encoding='utf-8')
    return summary


# what a record says of the annotation, not of the image
_OF_THE_HEAD = ('points', 'box', 'annotators')


def _coco(records: list[dict], scheme: Scheme) -> dict:
    images, annotations = [], []
    for number, record in enumerate(records, start=1):
        meta = {k: v for k, v in record.items() if k not in _OF_THE_HEAD}
        images.append(dict(id=number, **meta))
        annotations.append(_annotation(number, record))
    return dict(
        info=dict(description='0-based pixel centres; pixel_spacing is [sy, sx] in mm'),
        images=images,
        annotations=annotations,
        categories=[scheme.coco_category()],
    )


def _annotation(number: int, record: dict) -> dict:
    present = np.isfinite(record['points']).all(axis=1)
    rows = np.column_stack([np.nan_to_num(record['points']), np.where(present, 2, 0)])
    x, y, w, h = record['box']
    annotation = dict(
        id=number,
        image_id=number,
        category_id=1,
        keypoints=[round(float(v), 4) for v in rows.ravel()],
        num_keypoints=int(present.sum()),
        bbox=[x, y, w, h],
        area=w * h,
        iscrowd=0,
    )
    if 'annotators' in record:
        views = record['annotators'].items()
        annotation['annotators'] = {who: _plain(view) for who, view in views}
    return annotation


def _plain(points: np.ndarray) -> list[list[float | None]]:
    """``[x, y]`` a point for JSON, which has null and no NaN."""
    return [
        [round(float(v), 4) if np.isfinite(v) else None for v in point]
        for point in points
    ]


def summary_lines(summary: dict, out: Path) -> list[str]:
    """The summary as the user reads it: parts, counts, and what was skipped and why."""
    parts = ', '.join(f'{name} {n}' for name, n in summary['splits'].items())
    lines = [f'{out}: scheme {summary["scheme"]}; {parts}']
    lines += [f'  {n} {what}: kept as missing' for what, n in summary['counts'].items()]
    skipped = summary['skipped']
    lines.append(f'  {len(skipped)} images skipped' + (':' if skipped else ''))
    lines += [f'    {s["where"]}: {s["why"]}' for s in skipped[:10]]
    if len(skipped) > 10:
        lines.append(f'    and {len(skipped) - 10} more, all in dataset.json')
    return lines
