import json
from pathlib import Path

import mmpose
import numpy as np
import pytest
from mmengine.config import Config

from mmlandmark import InputError
from mmlandmark.readers.folder300w import read_pts
from mmlandmark.schemes import (
    SCHEMES,
    Scheme,
    get_scheme,
    scheme_from_names,
    spelling_key,
)

LATERAL = ('isbi19', 'photo19')
FACES = {name: scheme for name, scheme in SCHEMES.items() if name not in LATERAL}


@pytest.mark.parametrize('scheme', SCHEMES.values(), ids=SCHEMES)
def test_known_schemes_are_whole(scheme):
    n = int(scheme.name.lstrip('abcdefghijklmnopqrstuvwxyz'))  # 'ibug68' has 68
    assert len(scheme) == len(scheme.points) == len(scheme.labels) == n
    assert len(set(scheme.labels)) == n
    assert all(0 <= i < n for pair in scheme.skeleton for i in pair)


@pytest.mark.parametrize('name', LATERAL)
def test_lateral_heads_have_no_left_and_right(name):
    assert SCHEMES[name].swaps == ()


def flip_indices(scheme):
    order = list(range(len(scheme)))
    for a, b in scheme.swaps:
        order[a], order[b] = order[b], order[a]
    return order


@pytest.mark.parametrize('scheme', FACES.values(), ids=FACES)
def test_swapping_twice_changes_nothing(scheme):
    order = np.array(flip_indices(scheme))
    np.testing.assert_array_equal(order[order], np.arange(len(scheme)))
    paired = [i for pair in scheme.swaps for i in pair]
    assert scheme.swaps
    assert len(set(paired)) == len(paired)


@pytest.mark.parametrize('scheme', FACES.values(), ids=FACES)
def test_swaps_exchange_right_and_left_and_nothing_else(scheme):
    points = scheme.points
    for a, b in scheme.swaps:
        sides = {points[i].split()[0] for i in (a, b)}
        # rows that run across the middle, jaw and lips, are numbered without a side
        assert sides == {'right', 'left'} or len(sides) == 1
    paired = {i for pair in scheme.swaps for i in pair}
    sided = {i for i, p in enumerate(points) if p.split()[0] in ('right', 'left')}
    assert sided <= paired


@pytest.mark.parametrize('scheme', FACES.values(), ids=FACES)
def test_eyes_are_each_others_mirror(scheme):
    order = flip_indices(scheme)
    if scheme.ocular:
        assert order[scheme.ocular[0]] == scheme.ocular[1]
        assert 'right eye' in scheme.points[scheme.ocular[0]]
    if scheme.pupils:
        assert {order[i] for i in scheme.pupils[0]} == set(scheme.pupils[1])


@pytest.mark.parametrize(
    ('name', 'theirs'),
    [('ibug68', '300w'), ('wflw98', 'wflw'), ('cofw29', 'cofw'), ('aflw19', 'aflw')],
)
def test_swaps_are_those_of_mmpose(name, theirs):
    folder = Path(mmpose.__path__[0]) / '.mim' / 'configs' / '_base_' / 'datasets'
    if not folder.is_dir():
        pytest.skip('this MMPose was installed without its configs')
    info = Config.fromfile(folder / f'{theirs}.py').dataset_info.keypoint_info
    place = {point['name']: point['id'] for point in info.values()}
    expected = [
        place[point['swap']] if point['swap'] else point['id']
        for point in sorted(info.values(), key=lambda point: point['id'])
    ]
    assert flip_indices(SCHEMES[name]) == expected


@pytest.fixture(scope='module')
def mean_face(faces_300w):
    """The mean of the real 300-W faces, each of mean 0 and variance 1."""
    faces = np.stack([read_pts(path) for path in sorted(faces_300w.rglob('*.pts'))])
    faces -= faces.mean(1, keepdims=True)
    return (faces / faces.std((1, 2), keepdims=True)).mean(0)


def test_the_mean_face_is_its_own_mirror_image_once_swapped(mean_face):
    scheme = SCHEMES['ibug68']
    eyes = np.linalg.norm(np.subtract(*mean_face[list(scheme.ocular)]))
    mirrored = mean_face * (-1, 1)
    swapped = np.linalg.norm(mirrored[flip_indices(scheme)] - mean_face, axis=1) / eyes
    plain = np.linalg.norm(mirrored - mean_face, axis=1) / eyes
    assert swapped.max() < 0.06  # heads turn a little more one way
    paired = [i for pair in scheme.swaps for i in pair]
    assert plain[paired].mean() > 0.5


def test_isbi_order_is_the_challenges():
    points = get_scheme('isbi19').points
    assert [points[i - 1] for i in (1, 2, 10, 16, 19)] == [
        'Sella',
        'Nasion',
        'Gonion',
        'Soft-tissue pogonion',
        'Articulare',
    ]


def test_metainfo_is_what_mmpose_parses():
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    scheme = Scheme(
        'pair', ('left', 'nose', 'right'), ('l', 'n', 'r'), ((0, 2),), ((0, 1),)
    )
    parsed = parse_pose_metainfo(scheme.metainfo())
    assert parsed['num_keypoints'] == 3
    assert list(parsed['flip_indices']) == [2, 1, 0]
    assert parsed['skeleton_links'] == [(0, 1)]
    assert parsed['keypoint_id2name'][2] == 'right'


@pytest.mark.parametrize('name', ['isbi20', '', 'ISBI19'])
def test_unknown_scheme_names_the_known(name):
    with pytest.raises(InputError, match=r'known are .*isbi19, photo19'):
        get_scheme(name)


def test_scheme_file_round_trip(tmp_path):
    scheme = Scheme('mine', ('a', 'b'), ('A', 'B'), ((0, 1),), ((0, 1),))
    scheme.save(tmp_path / 'scheme.json')
    assert get_scheme(tmp_path / 'scheme.json') == scheme


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'no scheme file'),
        ('{', 'not a landmark scheme'),
        (json.dumps({'name': 'x', 'points': ['a']}), 'not a landmark scheme'),
        (
            json.dumps({'name': 'x', 'points': ['a', 'A'], 'labels': ['a', 'b']}),
            'distinct names',
        ),
        (json.dumps({'name': 'x', 'points': ['a'], 'labels': []}), '1 points but 0'),
    ],
)
def test_bad_scheme_file(tmp_path, content, message):
    path = tmp_path / 'scheme.json'
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        get_scheme(path)


def test_spellings_share_a_key():
    assert len({spelling_key(s) for s in ('Gonion _x', 'Gonion_x', 'gonion x')}) == 1
    assert scheme_from_names('own', ['a very long landmark name']).labels == (
        'a very long ',
    )


def test_left_and_right_are_read_from_names():
    names = ['Left eye center', 'nose_tip', 'right-eye center', 'left ear']
    assert scheme_from_names('own', names).swaps == ((0, 2),)


def test_a_scheme_of_values():
    values = dict(name='own', points=['a', 'b'], labels=['A', 'B'], swaps=[[0, 1]])
    assert get_scheme(values) == Scheme('own', ('a', 'b'), ('A', 'B'), ((0, 1),))
    with pytest.raises(InputError, match='the scheme is not a landmark scheme'):
        get_scheme(dict(name='own'))
