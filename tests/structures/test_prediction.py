import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmlandmark import InputError, PixelSpacing, Prediction
from mmlandmark.formats import read_coco
from mmlandmark.schemes import scheme_from_names
from mmlandmark.structures.prediction import doubted

NAMES = ('sella', 'nasion', 'porion')


def prediction(**kwargs):
    known = dict(
        points=np.array([[1.0, 2], [3, 4], [5, 6]]),
        scores=np.array([0.5, 0.6, 0.7]),
        names=NAMES,
        labels=('S', 'N', 'Po'),
        box=(0, 0, 99, 99),
    )
    return Prediction(**{**known, **kwargs})


ERRORS = dict(expected_errors=np.array([1.0, 12, 20]), median_expected_error=5.0)
SQUARE = dict(spacing=PixelSpacing.square(0.1))


@pytest.mark.parametrize(
    ('known', 'keys', 'last'),
    [
        ({}, {'score'}, {}),
        (SQUARE, {'score'}, {}),
        (
            ERRORS,
            {'score', 'expected_error', 'low_confidence'},
            dict(low_confidence=True),
        ),
        (
            # 0.15 mm a pixel in the mean of both ways
            dict(spacing=PixelSpacing(0.1, 0.2), **ERRORS),
            {'score', 'expected_error', 'expected_error_mm', 'low_confidence'},
            dict(
                expected_error=20,
                expected_error_mm=pytest.approx(3),
                low_confidence=True,
            ),
        ),
        (
            dict(moved=np.array([False, False, True])),
            {'score', 'moved'},
            dict(moved=True),
        ),
    ],
)
def test_plain_values_hold_what_is_known(known, keys, last):
    points = prediction(**known).to_dict()['points']
    keys = {'name', 'label', 'x', 'y'} | keys
    assert [set(point) for point in points] == [keys] * 3
    assert {key: points[2][key] for key in last} == last


@pytest.mark.parametrize(
    ('known', 'limits', 'low_confidence'),
    [
        ({}, {}, None),
        (SQUARE, {}, None),
        (ERRORS, {}, [False, True, True]),  # above twice the median, 5 px
        (ERRORS, dict(mm=0.01, times=3), [False, False, True]),
        (SQUARE | ERRORS, {}, [False, False, False]),  # 2 is not > 2
        (SQUARE | ERRORS, dict(mm=1), [False, True, True]),
        (
            ERRORS | dict(moved=np.array([False, True, False])),
            {},
            [False, False, True],
        ),
        (
            ERRORS | dict(checked=np.array([False, False, True])),
            {},
            [False, True, False],
        ),
        (ERRORS | dict(flags=(True, False, None)), {}, [True, False, True]),
        (
            ERRORS | dict(flags=(True, False, None)),
            dict(believe_flags=False),
            [True, True, True],
        ),
        (dict(flags=(None, True, False)), {}, [False, True, False]),
    ],
)
def test_low_confidence(known, limits, low_confidence):
    found = prediction(**known).low_confidence(**limits)
    assert (found if found is None else found.tolist()) == low_confidence


NUMBERS = st.floats(-1e6, 1e6)
MISSING = NUMBERS | st.just(float('nan'))
POSITIVE = st.floats(1e-3, 1e3)


@st.composite
def predictions(draw):
    names = draw(st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
    count = len(names)
    places = st.integers(0, count - 1)
    flags = hnp.arrays(bool, count)
    points = draw(hnp.arrays(float, (count, 2), elements=MISSING))
    return Prediction(
        points=points,
        scores=draw(hnp.arrays(float, count, elements=MISSING)),
        names=tuple(names),
        labels=tuple(draw(st.lists(st.text(), min_size=count, max_size=count))),
        box=draw(st.none() | st.tuples(*[NUMBERS] * 4)),
        spacing=draw(
            st.none() | st.builds(PixelSpacing, POSITIVE, POSITIVE, st.text())
        ),
        expected_errors=draw(
            st.none() | hnp.arrays(float, count, elements=st.floats(0, 1e6))
        ),
        median_expected_error=draw(st.none() | POSITIVE),
        z=draw(st.none() | hnp.arrays(float, count, elements=NUMBERS)),
        size=draw(st.none() | st.tuples(*[st.integers(1, 10**6)] * 2)),
        skeleton=tuple(draw(st.lists(st.tuples(places, places), max_size=3))),
        scheme_name=draw(st.text()),
        moved=draw(st.none() | flags),
        checked=draw(st.none() | flags),
    )


def assert_same(one, other, but=()):
    """Every attribute is equal to the last digit."""
    for name in one.__dataclass_fields__.keys() - but:
        np.testing.assert_equal(getattr(one, name), getattr(other, name), name)


@given(predictions(), POSITIVE)
def test_json_is_read_back_equal(found, limit):
    values = found.to_dict(limit)
    back = Prediction.from_dict(json.loads(json.dumps(values, allow_nan=False)))
    assert_same(back, found, {'flags'})
    # the flags in the file follow the requested limit
    assert back.to_dict() == values


@given(predictions())
def test_coco_is_read_back_equal(found):
    values = json.loads(json.dumps(found.to_coco('a.png', 7, 3), allow_nan=False))
    back = Prediction.from_coco(values)
    kept = {'names', 'spacing', 'size', 'skeleton', 'scheme_name', 'scores'}
    for name in kept:
        np.testing.assert_equal(getattr(back, name), getattr(found, name), name)
    np.testing.assert_array_equal(
        back.points[~found.missing], found.points[~found.missing]
    )
    assert (back.missing == found.missing).all()


POINT = dict(name='S', x=1, y=2)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (None, 'a prediction is an object'),
        ([], 'a prediction is an object'),
        ({}, '"points" is None, a list'),
        (dict(points={}), '"points" is a dict of 0'),
        (dict(points=[1]), 'a list of objects is needed'),
        (dict(points=[]), 'there is no point in it'),
        (dict(points=[dict(x=1, y=1)]), 'name of point 1 is None'),
        (dict(points=[POINT | dict(name=5)]), 'name of point 1 is 5'),
        (dict(points=[POINT | dict(label=None)]), 'label of S is None'),
        (dict(points=[POINT | dict(x='left')]), "x of S is 'left', not a number"),
        (dict(points=[POINT | dict(y=True)]), 'y of S is True'),
        (dict(points=[POINT | dict(x=10**400)]), 'x of S is an integer of more than'),
        (dict(points=[POINT | dict(x=1e7)]), 'x of S is 10000000.0: no image'),
        (dict(points=[POINT | dict(x=float('-inf'))]), 'x of S is -inf'),
        (dict(points=[POINT | dict(score=[])]), 'score of S is a list of 0'),
        (dict(points=[POINT | dict(expected_error=-1)]), 'is -1, below zero'),
        (dict(points=[POINT], box=[1, 2, 3]), 'box is a list of 3'),
        (dict(points=[POINT], box=[1, 2, 3, None]), 'a side of box is null'),
        (dict(points=[POINT], box=[1, 2, 3, 'a']), "a side of box is 'a'"),
        (dict(points=[POINT], spacing=0.1), 'not an object with "sy"'),
        (dict(points=[POINT], spacing=[0.1]), 'is not two positive numbers'),
        (dict(points=[POINT], spacing=[0.1, 0]), 'is not two positive numbers'),
        (
            dict(points=[POINT], spacing=dict(sy=0, sx=1, source='')),
            'not two positive numbers',
        ),
        (dict(points=[POINT], size=[1]), 'size is a list of 1'),
        (dict(points=[POINT], size=[0, 1]), 'size is'),
        (dict(points=[POINT], skeleton=[[0, 1]]), 'skeleton is a list of 1'),
        (dict(points=[POINT], skeleton=5), 'skeleton is 5'),
        (dict(points=[POINT], scheme=5), 'scheme is 5, text'),
        (dict(points=[POINT], median_expected_error=-1), 'is -1, not above zero'),
    ],
)
def test_values_of_another_form(values, message):
    with pytest.raises(InputError, match=message):
        Prediction.from_dict(values)


def test_a_name_is_all_that_a_point_needs():
    found = Prediction.from_dict(dict(points=[dict(name='S'), POINT | dict(name='N')]))
    assert found.missing.tolist() == [True, False]
    assert found.labels == ('S', 'N')
    assert np.isnan(found.scores).all()
    assert found.low_confidence() is None


def changed(**tables):
    return {**prediction().to_coco('a.png'), **tables}


@pytest.mark.parametrize(
    ('values', 'annotation', 'message'),
    [
        ([], 0, 'not a COCO keypoints file: it has no list of images'),
        (changed(annotations=[1]), 0, 'no list of annotations'),
        (changed(), 1, 'no annotation 1 in 1'),
        (changed(images=[]), 0, 'image_id 1 is the id of 0 entries'),
        (changed(categories=[dict(id=1)]), 0, 'keypoints of a category are None'),
        (
            changed(annotations=[dict(image_id=1, category_id=1, keypoints=[1, 2])]),
            0,
            'keypoints are a list of 2, 9 numbers',
        ),
    ],
)
def test_coco_of_another_form(values, annotation, message):
    with pytest.raises(InputError, match=message):
        Prediction.from_coco(values, annotation)


def test_coco_is_read_as_a_data_set(tmp_path):
    spacing = PixelSpacing(0.1, 0.2, 'PixelSpacing')
    found = prediction(spacing=spacing, size=(120, 90), skeleton=((0, 2),))
    values = found.to_coco('a.png', image_id=7)
    (tmp_path / 'points.json').write_text(json.dumps(values))
    scheme = scheme_from_names('three', list(NAMES))
    (sample,) = read_coco(tmp_path / 'points.json', scheme)
    np.testing.assert_array_equal(sample.points, found.points)
    assert sample.spacing == spacing
    assert sample.box == (0, 0, 99, 99)
    assert values['images'][0] | dict(id=7, width=120, height=90) == values['images'][0]
    assert values['categories'][0]['skeleton'] == [[1, 3]]  # counted from 1
    assert values['annotations'][0]['score'] == pytest.approx(0.6)
    assert values['categories'][0]['name'] == 'landmarks'


def test_coco_without_a_box_has_that_of_the_points():
    points = np.array([[1.0, 2], [np.nan, np.nan], [5, 9]])
    (annotation,) = prediction(points=points, box=None).to_coco('a.png')['annotations']
    assert annotation['bbox'] == [1, 2, 4, 7]
    assert annotation['keypoints'] == [1, 2, 2, 0, 0, 0, 5, 9, 2]
    assert annotation['num_keypoints'] == 2


def test_a_resized_image_has_the_same_lengths():
    """4 pixels become 8: times 2, plus half a pixel of the larger image."""
    known = ERRORS | dict(z=np.ones(3), spacing=PixelSpacing(0.2, 0.1))
    found = prediction(**known).resized(2, 2)
    np.testing.assert_array_equal(found.points[1], [6.5, 8.5])
    assert found.box == (0.5, 0.5, 198.5, 198.5)
    assert found.spacing == PixelSpacing(0.1, 0.05)
    np.testing.assert_array_equal(found.z, [2, 2, 2])
    assert found.median_expected_error == 10
    np.testing.assert_allclose(
        found.expected_errors_mm, prediction(**known).expected_errors_mm
    )


def test_supervision(monkeypatch):
    """A stub in its place: the package is optional."""
    stub = SimpleNamespace(KeyPoints=lambda *given: given)
    monkeypatch.setitem(sys.modules, 'supervision', stub)
    points = np.array([[1.0, 2], [np.nan, np.nan], [5, 6]])
    xy, class_id, confidence = prediction(points=points).to_supervision()
    np.testing.assert_array_equal(xy, [[[1, 2], [0, 0], [5, 6]]])
    assert xy.dtype == confidence.dtype == np.float32
    assert class_id.tolist() == [0]
    np.testing.assert_allclose(confidence, [[0.5, 0.6, 0.7]])
    assert prediction(scores=np.full(3, np.nan)).to_supervision()[2] is None


def test_a_spacing_written_by_hand_as_a_pair():
    found = Prediction.from_dict(dict(points=[POINT], spacing=[0.2, 0.1]))
    assert found.spacing == PixelSpacing(0.2, 0.1, 'given')


def turned_face(**more):
    return Prediction(
        np.array([[1.0, 2], [3, 4]]), np.ones(2), ('a', 'b'), box=(0, 0, 5, 5), **more
    )


def test_how_a_face_was_found_is_in_the_json():
    face = turned_face(rotation=-170.5, box_score=0.9, head_pose=(1.0, -20.0, 30.0))
    values = json.loads(json.dumps(face.to_dict()))
    assert values['head_pose'] == dict(pitch=1, yaw=-20, roll=30)
    again = Prediction.from_dict(values)
    assert (again.rotation, again.box_score) == (-170.5, 0.9)
    assert again.head_pose == (1, -20, 30)
    assert (
        turned_face().to_dict().keys() & {'rotation', 'box_score', 'head_pose'} == set()
    )
    assert Prediction.from_dict(turned_face().to_dict()).head_pose is None


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('rotation', 'a'),
        ('rotation', float('nan')),
        ('box_score', 2),
        ('head_pose', [1, 2, 3]),
        ('head_pose', dict(pitch=1, yaw=2)),
    ],
)
def test_a_face_found_in_another_way(key, value):
    with pytest.raises(InputError):
        Prediction.from_dict(turned_face().to_dict() | {key: value})


@pytest.mark.parametrize(
    ('errors', 'mean'),
    [(None, None), ([np.nan, np.nan], None), ([2, 4], 3), ([2, np.nan], 2)],
)
def test_the_mean_expected_error(errors, mean):
    known = None if errors is None else np.array(errors, float)
    found = Prediction(np.zeros((2, 2)), np.ones(2), ('a', 'b'), expected_errors=known)
    assert found.mean_expected_error == mean


def test_doubted_points_are_of_low_confidence():
    one = prediction(**ERRORS, flags=doubted(np.array([True, False, False])))
    assert one.flags == (True, None, None)
    # the second and the third by their expected errors: above twice 5 pixels
    assert one.low_confidence().tolist() == [True, True, True]
    assert prediction(**ERRORS).low_confidence().tolist() == [False, True, True]
