import json

import pytest

from mmlandmark import InputError
from mmlandmark.schemes import (
    SCHEMES,
    Scheme,
    get_scheme,
    scheme_from_names,
    spelling_key,
)


@pytest.mark.parametrize('scheme', SCHEMES.values(), ids=SCHEMES)
def test_known_schemes_are_whole(scheme):
    assert len(scheme) == len(scheme.points) == len(scheme.labels) == 19
    assert len(set(scheme.labels)) == 19
    assert all(0 <= i < 19 for pair in scheme.skeleton for i in pair)
    assert scheme.swaps == ()  # lateral heads have no left and right


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
    with pytest.raises(InputError, match='known are isbi19, photo19'):
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
