"""The points of one observer in many images, read from any supported format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from .. import formats
from ..cephalometry.names import refuse_doubles
from ..errors import InputError
from ..formats.common.image_names import image_id_of
from ..formats.common.text_file import load_json
from ..formats.isbi2015 import ANNOTATORS
from ..formats.points_json import points_of, read_points
from ..inference.batch.records import read_records
from ..schemes import ISBI19, Scheme, get_scheme, scheme_from_names
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction
from ..structures.sample import LandmarkSample, ReadReport


@dataclass
class LabelSet:
    """The points of one observer in many images, with one head per image.

    Attributes:
        name: The observer.
        names: K landmark names.
        points: Image id to ``(K, 2)`` points, 0-based pixels, NaN where missing. The id is
            the file name of the image without its suffix, by which sets are matched.
        images: Image id to the path of the image, which may not exist.
        spacings: Image id to mm per pixel, where known.
        sizes: Image id to width and height, where known.
        expected_errors: Image id to ``(K,)`` pixels, of a calibrated detector.
        flip_pairs: Pairs of indices that are exchanged in a mirrored image.
        skeleton: Pairs of indices to join by lines.
        splits: Image id to the part of the data set, where known.
        left_out: Number of annotations that could not be read, by reason.
    """

    name: str
    names: tuple[str, ...]
    points: dict[str, np.ndarray]
    images: dict[str, Path] = field(default_factory=dict)
    spacings: dict[str, PixelSpacing] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    expected_errors: dict[str, np.ndarray] = field(default_factory=dict)
    flip_pairs: tuple[tuple[int, int], ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    splits: dict[str, str] = field(default_factory=dict)
    left_out: Counter = field(default_factory=Counter)

    def array(self, ids: Iterable[str]) -> np.ndarray:
        """``(N, K, 2)`` points of these images."""
        return np.stack([self.points[one] for one in ids])


def read_label_set(
    path: str | Path, name: str | None = None, split: str | None = None
) -> LabelSet:
    """Read the points of one observer.

    Args:
        path: A folder of points files that predict wrote; a ``.jsonl`` file of
            predictions; a ``.csv`` table; a COCO file or prepared folder; CVAT's ``.xml``;
            Label Studio's ``.json``; the folder of ISBI 2015, whose points are the mean of
            the annotators, or its ``400_senior`` or ``400_junior``.
        name: The observer; by default the name of the file or folder.
        split: Only the images of this part of the data set.

    Raises:
        InputError: The path does not exist or cannot be read, two heads are in one image,
            or no image is in the split.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f'{path} does not exist: give a file or folder of points')
    found = _folder(path, split) if path.is_dir() else _file(path)
    if not found.points:
        raise InputError(f'{path} has no image whose points can be read')
    found = replace(found, name=name or found.name)
    return found if split is None else _only(found, path, split)


def of_split(sets: dict[int, LabelSet], split: str) -> dict[int, LabelSet]:
    """The images of one part of the data set, of the observers that know the parts.

    An observer without parts, such as predictions, keeps all images; those that the others
    lack are not compared.

    Raises:
        InputError: No observer has this part.
    """
    if not any(labels.splits for labels in sets.values()):
        raise InputError(
            f'no observer knows the split {split!r}: leave it out', split=None
        )
    return {
        place: _only(labels, labels.name, split) if labels.splits else labels
        for place, labels in sets.items()
    }


def detect(
    model: str,
    images: dict[str, Path],
    spacings: dict[str, PixelSpacing],
    name: str | None = None,
    device: str | None = None,
    track: Callable[[Sequence], Iterable] = iter,
) -> LabelSet:
    """The points of a detector as those of an observer.

    Args:
        model: As for :class:`mmlandmark.LandmarkDetector`.
        images: Image id to the path of the image.
        spacings: Image id to mm per pixel; by default what the file states.
        name: The observer; by default the model.
        device: Such as ``'cpu'`` or ``'cuda:0'``.
        track: Wraps the sequence of ids, to show the progress.

    Raises:
        InputError: The model or an image cannot be used, or no image exists.
    """
    # imported here, as points in files need no torch
    from ..inference import LandmarkDetector

    there = {one: path for one, path in images.items() if Path(path).is_file()}
    if not there:
        raise InputError(
            f'{model} predicts points in the images of the first observer, and none of '
            'these images exists'
        )
    detector = LandmarkDetector(model, device=device)
    found = {}
    for one in track(list(there)):
        predictions = detector(there[one], spacing=spacings.get(one))
        if predictions:
            found[one] = (there[one], predictions[0])
    if not found:
        raise InputError(f'{model} finds no points in the {len(there)} images')
    return _of_predictions(name or str(model), found)


def _only(labels: LabelSet, path: object, split: str) -> LabelSet:
    kept = {k: v for k, v in labels.points.items() if labels.splits.get(k) == split}
    if not kept:
        known = ', '.join(sorted(set(labels.splits.values()))) or 'none'
        raise InputError(
            f'{path} has no images of the split {split!r}; its splits are: {known}',
            split=None,
        )
    return replace(labels, points=kept)


def _folder(path: Path, split: str | None) -> LabelSet:
    who = path.name.removeprefix('400_')
    if who != path.name and who in ANNOTATORS:
        return _isbi(path.parent, who)
    if (path / 'RawImage').is_dir():
        return _isbi(path)
    if (path / 'scheme.json').is_file():
        return _prepared(path, split)
    points = sorted(path.glob('*.json'))
    if points and all(map(_is_points_file, points)):
        return _of_predictions(
            path.name, {p.stem: (Path(p.stem), read_points(p)) for p in points}
        )
    return _coco(path)


def _is_points_file(path: Path) -> bool:
    values = load_json(path)
    return isinstance(values, dict) and bool({'points', 'predictions'} & set(values))


def _isbi(root: Path, who: str | None = None) -> LabelSet:
    report = ReadReport()
    samples = formats.read_isbi2015(root, report)
    if who is not None:
        samples = [replace(s, points=s.extra['annotators'][who]) for s in samples]
    return _of_samples(who or root.name, samples, ISBI19, report)


def _prepared(path: Path, split: str | None) -> LabelSet:
    scheme, report = get_scheme(path / 'scheme.json'), ReadReport()
    files = [f for f in sorted(path.glob('*.json')) if f.stem != 'scheme']
    if split is None:  # trainval repeats the images of train and val
        files = [f for f in files if f.stem != 'trainval'] or files
    else:
        files = [f for f in files if f.stem == split]
    samples = []
    for file in files:
        read = formats.read_coco(file, scheme, report)
        samples += [replace(sample, split=file.stem) for sample in read]
    return _of_samples(path.name, samples, scheme, report)


def _coco(path: Path) -> LabelSet:
    report, scheme = ReadReport(), formats.coco_scheme(path)
    return _of_samples(
        path.stem, formats.read_coco(path, scheme, report), scheme, report
    )


def _file(path: Path) -> LabelSet:
    report, suffix = ReadReport(), path.suffix.lower()
    if suffix == '.jsonl':
        return _of_records(path)
    if suffix == '.csv':
        table = formats.read_csv(path, report=report, need_images=False)
        scheme = scheme_from_names(path.stem, list(table.points))
        return _of_samples(path.stem, table.samples, scheme, report)
    if suffix == '.xml':
        scheme = formats.cvat_scheme(path)
        samples = formats.read_cvat(path, scheme, report)
        return _of_samples(path.stem, samples, scheme, report)
    if suffix != '.json':
        raise InputError(
            f'{path} is not a points file: .json, .jsonl, .csv or .xml is read'
        )
    values = load_json(path)
    if isinstance(values, list):
        scheme = formats.label_studio_scheme(path)
        samples = formats.read_label_studio(path, scheme, report)
        return _of_samples(path.stem, samples, scheme, report)
    if isinstance(values, dict) and 'annotations' in values:
        return _coco(path)
    try:
        found = points_of(values)
    except InputError as error:
        raise InputError(f'{path} is not a points file: {error}') from None
    return _of_predictions(path.stem, {path.stem: (Path(path.stem), found)})


def _of_records(path: Path) -> LabelSet:
    found = {}
    ids = _ids([record['image'] for record in read_records(path)], path)
    for one, record in zip(ids, read_records(path), strict=True):
        heads = record['predictions']
        if len(heads) > 1:
            raise InputError(
                f'{path}: {record["image"]} has {len(heads)} heads, not one'
            )
        if heads:
            prediction = Prediction.from_dict(heads[0])
            size = (record['width'], record['height'])
            found[one] = (Path(record['image']), replace(prediction, size=size))
    if not found:
        raise InputError(f'{path} has no predictions')
    return _of_predictions(path.stem, found)


def _of_predictions(name: str, found: dict[str, tuple[Path, Prediction]]) -> LabelSet:
    """A set of predictions, which must be of the same points."""
    first = next(iter(found.values()))[1]
    for one, (_, prediction) in found.items():
        if prediction.names != first.names:
            raise InputError(f'{one} has other points than the images before it')
    refuse_doubles(first.names)
    each = {one: prediction for one, (_, prediction) in found.items()}
    return LabelSet(
        name,
        first.names,
        {one: p.points for one, p in each.items()},
        {one: path for one, (path, _) in found.items()},
        {one: p.spacing for one, p in each.items() if p.spacing},
        {one: p.size for one, p in each.items() if p.size},
        {
            one: p.expected_errors
            for one, p in each.items()
            if p.expected_errors is not None
        },
        skeleton=first.skeleton,
    )


def _of_samples(
    name: str, samples: Sequence[LandmarkSample], scheme: Scheme, report: ReadReport
) -> LabelSet:
    refuse_doubles(scheme.points)
    ids = _ids([str(s.image) for s in samples], name)
    each = dict(zip(ids, samples, strict=True))
    return LabelSet(
        name,
        scheme.points,
        {one: s.points[:, :2] for one, s in each.items()},
        {one: Path(s.image) for one, s in each.items() if isinstance(s.image, Path)},
        {one: s.spacing for one, s in each.items() if s.spacing},
        flip_pairs=scheme.flip_pairs,
        skeleton=scheme.skeleton,
        splits={one: s.split for one, s in each.items() if s.split},
        left_out=report.reasons(),
    )


def _ids(images: Sequence[str], where: object) -> list[str]:
    """The stem of each image.

    Raises:
        InputError: Two images, or two heads of one image, have the same stem.
    """
    ids = [image_id_of(Path(image).name) for image in images]
    for one, count in Counter(ids).items():
        if count > 1:
            raise InputError(
                f'{where} has {count} heads or images named {one!r}: studies need one '
                'head per image and distinct file names'
            )
    return ids
