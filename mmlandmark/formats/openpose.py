"""OpenPose's JSON: one file ``STEM_keypoints.json`` per image, with its people.

The points of a person are x, y, confidence, in ``face_keypoints_2d`` (70: the 68 of 300-W
and the pupils) or ``pose_keypoints_2d`` (25, BODY_25), which are called ``face_keypoints``
and ``pose_keypoints`` before version 1.1. Confidence 0 is a missing point.
The names of the points are fixed, so only schemes whose points are among them can be
written.

Index base: 0-based pixels. Documented in OpenPose's ``doc/02_output.md``; Cao et al., PAMI
43 (2021) 172-186.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..schemes import IBUG68, Scheme, name_key, scheme_from_names
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.heads import Head, Parsed, failed, image_beside, label_files, read_heads
from .common.image_finder import finder_beside
from .common.text_file import load_json
from .common.values import number, shown
from .common.writing import Names, by_image, named_points, stems_of, write_json

ENDING = '_keypoints.json'
FACE70 = (*IBUG68.points, 'right pupil', 'left pupil')
BODY25 = (
    *('nose', 'neck', 'right shoulder', 'right elbow', 'right wrist', 'left shoulder'),
    *('left elbow', 'left wrist', 'mid hip', 'right hip', 'right knee', 'right ankle'),
    *('left hip', 'left knee', 'left ankle', 'right eye', 'left eye', 'right ear'),
    *('left ear', 'left big toe', 'left small toe', 'left heel', 'right big toe'),
    *('right small toe', 'right heel'),
)
#: The points of each key that is read, in the order of preference.
PARTS = {'face_keypoints_2d': FACE70, 'pose_keypoints_2d': BODY25}
#: The names of the keys before version 1.1.
_OLD = {'face_keypoints': 'face_keypoints_2d', 'pose_keypoints': 'pose_keypoints_2d'}
_ALL_KEYS = (
    *('pose_keypoints_2d', 'face_keypoints_2d', 'hand_left_keypoints_2d'),
    *('hand_right_keypoints_2d', 'pose_keypoints_3d', 'face_keypoints_3d'),
    *('hand_left_keypoints_3d', 'hand_right_keypoints_3d'),
)


def read_openpose(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the files of a folder, or one file.

    Args:
        src: A ``_keypoints.json`` file, or a folder, with the images beside the files.
        scheme: The K points. :func:`openpose_scheme` has those of the files.
        report: Collects the people that cannot be read; without it the first raises.

    Returns:
        One sample per person: ``(K, 2)`` points, 0-based pixels; ``extra['scores']`` the
        confidences.

    Raises:
        InputError: No such file, not a file of OpenPose, or a bad person and ``report`` is
            None.
    """

    def heads() -> Iterator[Parsed]:
        for file in label_files(Path(src), ENDING):
            try:
                people = _people(file)
            except InputError as error:
                yield failed(file.name, error)
                continue
            for number_, person in enumerate(people, start=1):
                if _part(person) is None:
                    note(report, 'people left out, without points of a face or body')
                    continue
                yield f'{file.name} person {number_}', partial(_head, file, person)

    return read_heads(heads(), scheme, report)


def openpose_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the first person: 70 points of a face, or 25 of a body.

    Raises:
        InputError: No such file, or no points in it.
    """
    for file in label_files(Path(src), ENDING):
        for person in _people(file):
            if (part := _part(person)) is not None:
                return scheme_from_names(name, list(PARTS[part]))
    raise InputError(f'no points of a face or body at {src}')


def write_openpose(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM_keypoints.json`` for each image, one person per head.

    A point without a score gets the confidence 1.

    Args:
        out: The folder.
        samples: Samples of image files.
        scheme: Their K points, by names of OpenPose's face or body.
        label: Not used.

    Returns:
        Each image and its name beside its file.

    Raises:
        InputError: The format has no field for a point of the scheme.
    """
    part = _part_of(scheme)
    images = by_image(samples)
    names = stems_of(images)
    for path, heads in images.items():
        people = [_person(sample, scheme, part) for sample in heads]
        values = dict(version=1.3, people=people)
        write_json(out / f'{Path(names[path]).stem}{ENDING}', values, indent=None)
    return names


def _part_of(scheme: Scheme) -> str:
    for part, points in PARTS.items():
        known = set(map(name_key, points))
        if all(name_key(point) in known for point in scheme.points):
            return part
    raise InputError(
        f'OpenPose has places for its own points of a face (those of ibug68 and the '
        f'pupils) or a body, not for those of scheme {scheme.name}'
    )


def _person(sample: LandmarkSample, scheme: Scheme, part: str) -> dict:
    points = {name_key(p['name']): p for p in named_points(sample, scheme)}
    values: list[float] = []
    for name in PARTS[part]:
        p = points.get(name_key(name))
        if p is None:
            values += [0.0, 0.0, 0.0]
        else:
            values += [p['x'], p['y'], 1.0 if p['score'] is None else p['score']]
    empty: dict[str, Any] = {key: [] for key in _ALL_KEYS}
    return dict(person_id=[-1], **{**empty, part: values})


def _people(file: Path) -> list[dict]:
    data = load_json(file)
    people = data.get('people') if isinstance(data, dict) else None
    if not isinstance(people, list) or not all(isinstance(p, dict) for p in people):
        raise InputError(f"{file} is not a file of OpenPose: it has no 'people'")
    return [{_OLD.get(key, key): v for key, v in p.items()} for p in people]


def _part(person: dict) -> str | None:
    return next((part for part in PARTS if person.get(part)), None)


def _head(file: Path, person: dict) -> Head:
    part = _part(person)
    assert part is not None
    names, values = PARTS[part], person[part]
    if not isinstance(values, list) or len(values) != 3 * len(names):
        raise InputError(
            f'{part} is {shown(values)}, {3 * len(names)} numbers are needed'
        )
    numbers = [number(v, f'a number of {part}') for v in values]
    points, scores = [], {}
    for i, name in enumerate(names):
        x, y, score = numbers[3 * i : 3 * i + 3]
        if score > 0 and x == x and y == y:
            points.append((name, x, y))
            scores[name] = score
    stem = file.name[: -len(ENDING)] if file.name.endswith(ENDING) else file.stem
    path = image_beside(finder_beside(file), stem)
    return Head(path, path.name, points, scores=scores)
