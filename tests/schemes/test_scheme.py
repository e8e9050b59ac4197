import contextlib
import json
import unicodedata
from dataclasses import asdict
from pathlib import Path

import mmpose
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.config import Config
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.cli import scheme as scheme_command
from mmlandmark.formats.faces.ibug300w import read_pts
from mmlandmark.schemes import (
    ISBI19,
    SCHEMES,
    Scheme,
    definition_of,
    get_scheme,
    name_key,
    scheme_from_names,
)
from mmlandmark.schemes.ceph_definitions import DEFINITIONS, definitions_table
from mmlandmark.schemes.ceph_names import POINTS

LATERAL = ('isbi19', 'photo19', 'aariz29', 'cldetection38', 'cldetection53')
FACES = {name: scheme for name, scheme in SCHEMES.items() if name not in LATERAL}


@pytest.mark.parametrize('scheme', SCHEMES.values(), ids=SCHEMES)
def test_known_schemes_are_whole(scheme):
    n = int(scheme.name.lstrip('abcdefghijklmnopqrstuvwxyz'))  # 'ibug68' has 68
    assert len(scheme) == len(scheme.points) == len(scheme.labels) == n
    assert len(set(scheme.labels)) == n
    assert all(0 <= i < n for pair in scheme.skeleton for i in pair)


@pytest.mark.parametrize('name', LATERAL)
def test_lateral_heads_have_no_left_and_right(name):
    assert SCHEMES[name].flip_pairs == ()


def flip_indices(scheme):
    order = list(range(len(scheme)))
    for a, b in scheme.flip_pairs:
        order[a], order[b] = order[b], order[a]
    return order


@pytest.mark.parametrize('scheme', FACES.values(), ids=FACES)
def test_swapping_twice_changes_nothing(scheme):
    order = np.array(flip_indices(scheme))
    np.testing.assert_array_equal(order[order], np.arange(len(scheme)))
    paired = [i for pair in scheme.flip_pairs for i in pair]
    assert scheme.flip_pairs
    assert len(set(paired)) == len(paired)


@pytest.mark.parametrize('scheme', FACES.values(), ids=FACES)
def test_swaps_exchange_right_and_left_and_nothing_else(scheme):
    points = scheme.points
    for a, b in scheme.flip_pairs:
        sides = {points[i].split()[0] for i in (a, b)}
        # rows that run across the middle, jaw and lips, are numbered without a side
        assert sides == {'right', 'left'} or len(sides) == 1
    paired = {i for pair in scheme.flip_pairs for i in pair}
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
    paired = [i for pair in scheme.flip_pairs for i in pair]
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


@st.composite
def schemes(draw):
    """A scheme of any names, some of them with synonyms."""
    names = draw(
        st.lists(
            st.text(min_size=1, max_size=8).filter(name_key),
            min_size=1,
            max_size=8,
            unique_by=name_key,
        )
    )
    count = draw(st.integers(1, len(names)))
    points, rest = tuple(names[:count]), iter(names[count:])
    index = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(index, index), max_size=3))
    return Scheme(
        draw(st.text(max_size=5)),
        points,
        tuple(point[:3] for point in points),
        tuple(pairs),
        tuple(pairs[::-1]),
        ocular=draw(st.none() | st.tuples(index, index)),
        pupils=draw(
            st.none() | st.tuples(*[st.lists(index, max_size=2).map(tuple)] * 2)
        ),
        synonyms=tuple(
            (next(rest),) if i < len(names) - count else () for i in range(count)
        )
        if count < len(names) <= 2 * count
        else (),
    )


@given(schemes())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_read_back(tmp_path, scheme):
    scheme.save(tmp_path / 'scheme.json')
    assert get_scheme(tmp_path / 'scheme.json') == scheme


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@given(
    st.sampled_from(
        [
            'name',
            'points',
            'labels',
            'flip_pairs',
            'skeleton',
            'ocular',
            'pupils',
            'synonyms',
        ]
    ),
    _JSON,
)
def test_a_changed_scheme_file_is_read_or_refused(key, value):
    values = asdict(ISBI19) | {key: value}
    with contextlib.suppress(InputError):
        scheme = get_scheme(values)
        assert all(isinstance(text, str) for text in (*scheme.points, *scheme.labels))


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
    assert len({name_key(s) for s in ('Gonion _x', 'Gonion_x', 'gonion x')}) == 1
    assert scheme_from_names('own', ['a very long landmark name']).labels == (
        'a very long ',
    )


@pytest.mark.parametrize(
    'alike',
    [
        (
            'Gonion _x',
            'Gonion_x',
            'gonion x',
            'GONION-X',
            '\ufeffGonion x ',
            'gonion\xa0x',
        ),
        ('soft-tissue pogonion', 'Soft tissue pogonion', 'soft_tissue__pogonion'),
        ("Pog'", 'Pog`', 'Pog\u00b4', 'Pog\u2019', 'Pog\u2032', "pog '", 'Pog\uff07'),
        ('caf\u00e9', 'cafe\u0301'),
        ('\uff21 point', 'A point'),
        ('point 1 2', 'Point_1_2'),
    ],
)
def test_spellings_of_one_name(alike):
    assert len({name_key(name) for name in alike}) == 1


@pytest.mark.parametrize(
    'names',
    [
        ('N', "N'", 'N"', "N''", 'N+', 'N-', 'N*'),
        ('\u03b1', '\u03b2', 'a'),
        ('\u5de6', '\u53f3', '\u5de6\u76ee'),
        ('point 1 2', 'point 12', 'point 1.2'),
        ('cafe', 'caf\u00e9'),
    ],
)
def test_names_that_differ_by_a_sign_differ(names):
    assert len({name_key(name) for name in names}) == len(names)
    assert scheme_from_names('own', list(names)).points == names


@given(st.text(max_size=12))
def test_a_key_is_its_own_and_knows_no_normal_form(name):
    key = name_key(name)
    assert name_key(key) == key
    for form in ('NFC', 'NFD'):
        assert name_key(unicodedata.normalize(form, name)) == key


@given(st.text(st.characters(categories=['Ll', 'Nd']), min_size=1, max_size=8))
def test_a_prime_is_never_lost(name):
    assert len({name_key(name + prime) for prime in ('', "'", "''")}) == 3


def test_left_and_right_are_read_from_names():
    names = ['Left eye center', 'nose_tip', 'right-eye center', 'left ear']
    assert scheme_from_names('own', names).flip_pairs == ((0, 2),)


def test_the_left_corner_of_the_right_eye_mirrors_the_right_one_of_the_left():
    names = [
        f'{a} eye {b} corner' for a in ('left', 'right') for b in ('left', 'right')
    ]
    assert scheme_from_names('own', names).flip_pairs == ((0, 3), (1, 2))


def test_a_scheme_of_values():
    values = dict(name='own', points=['a', 'b'], labels=['A', 'B'], flip_pairs=[[0, 1]])
    assert get_scheme(values) == Scheme('own', ('a', 'b'), ('A', 'B'), ((0, 1),))
    with pytest.raises(InputError, match='the scheme is not a landmark scheme'):
        get_scheme(dict(name='own'))


def test_every_cephalometric_point_has_a_definition_with_a_source():
    for symbol in POINTS:
        text, source = DEFINITIONS[symbol]
        assert text.endswith('.'), symbol
        assert source, symbol
    assert set(DEFINITIONS) == set(POINTS)


@pytest.mark.parametrize(
    'name', ['Soft-tissue_pogonion', "Pog'", 'ST Pogonion', 'Pog`']
)
def test_a_definition_is_found_by_any_name(name):
    assert definition_of(name) is DEFINITIONS["Pog'"]


def test_unnamed_points_have_no_definition():
    assert definition_of('point 20') is None
    assert definition_of('left eye') is None


def test_the_command_shows_definitions(capsys):
    scheme_command.main(scheme_command.build_parser().parse_args(['isbi19']))
    text = capsys.readouterr().out
    assert text.startswith('isbi19: 19 points\n1. Sella (S)\n')
    assert text.count('[') == 19
    assert 'also: Pog, pogonion Pog' in text
    scheme_command.main(scheme_command.build_parser().parse_args([]))
    assert 'aariz29: 29 points' in capsys.readouterr().out


def test_definitions_are_documented():
    page = (ROOT / 'docs' / 'reference' / 'landmarks.md').read_text(encoding='utf-8')
    assert definitions_table() in page
