import math

import numpy as np
import pytest

from mmlandmark import synthetic


@pytest.fixture(scope='module')
def heads():
    return list(synthetic.draw_heads(100, seed=3))


@pytest.fixture(scope='module')
def frame():
    return synthetic.photo_frame(20, seed=5)


def _same(one, other):
    return one.points == other.points and np.array_equal(one.image, other.image)


def _anb(points):
    def angle(name):
        apex, ends = points['nasion'], (points['sella'], points[name])
        arms = [(x - apex[0], y - apex[1]) for x, y in ends]
        (ax, ay), (bx, by) = arms
        cosine = (ax * bx + ay * by) / (math.hypot(ax, ay) * math.hypot(bx, by))
        return math.degrees(math.acos(cosine))

    return angle('a_point') - angle('b_point')


def _spot(head, name, reach):
    """Grey pixels of the square around a point."""
    x, y = (round(c) for c in head.points[name])
    window = head.image[y - reach : y + reach + 1, x - reach : x + reach + 1]
    return window.mean(2)


def test_ids_cover_both_schemes():
    assert len(synthetic.POINT_IDS) == len(set(synthetic.POINT_IDS)) == 23
    assert len(synthetic.ISBI19) == len(synthetic.PHOTO19) == 19
    assert set(synthetic.ISBI19) | set(synthetic.PHOTO19) == set(synthetic.POINT_IDS)


def test_image_and_points_have_the_promised_form(heads):
    head = heads[0]
    assert head.image.shape == (224, 224, 3)
    assert head.image.dtype == np.uint8
    assert tuple(head.points) == synthetic.POINT_IDS
    assert all(isinstance(c, float) for point in head.points.values() for c in point)


def test_equal_seeds_draw_equal_heads_and_prefixes(heads):
    again = list(synthetic.draw_heads(5, seed=3))
    assert len(again) == 5
    assert all(map(_same, again, heads))


def test_another_seed_draws_other_heads(heads):
    other = next(synthetic.draw_heads(1, seed=4))
    assert not np.array_equal(other.image, heads[0].image)
    assert other.points != heads[0].points
    assert heads[0].points != heads[1].points


def test_draw_head_follows_its_generator():
    one, other = (synthetic.draw_head(np.random.default_rng(8)) for _ in range(2))
    assert _same(one, other)


def test_points_keep_clear_of_the_border(heads):
    spots = np.array([list(head.points.values()) for head in heads])
    assert spots.min() >= 4
    assert spots.max() <= 223 - 4


def test_points_move_too_much_for_their_mean_to_do(heads):
    spots = np.array([list(head.points.values()) for head in heads])
    error = np.linalg.norm(spots - spots.mean(0), axis=2).mean()
    assert 11 < error < 19


def test_skeletal_class_is_that_of_the_drawn_anb_angle(heads):
    for head in heads:
        anb = _anb(head.points)
        assert head.skeletal_class == (2 if anb > 4 else 3 if anb < 0 else 1)
    assert {head.skeletal_class for head in heads} == {1, 2, 3}


def test_anatomy_keeps_its_order(heads):
    for head in heads:
        p = head.points
        below = ['nasion', 'ans', 'upper_incisor_tip', 'b_point', 'menton']
        assert sorted(below, key=lambda name: p[name][1]) == below
        ahead = ['porion', 'sella', 'pns', 'ans', 'subnasale', 'pronasale']
        assert sorted(ahead, key=lambda name: p[name][0]) == ahead


def test_smaller_picture_scales_the_points():
    for big, small in zip(
        synthetic.draw_heads(3, 1), synthetic.draw_heads(3, 1, size=128), strict=True
    ):
        assert small.image.shape == (128, 128, 3)
        scaled = (np.array(list(big.points.values())) + 0.5) * 128 / 224 - 0.5
        assert np.allclose(scaled, list(small.points.values()))
        assert min(map(min, small.points.values())) >= 4


def test_structures_move_with_their_points(heads):
    # At the profile the picture turns from skin to air: bright behind, dark ahead.
    for name in ('pronasale', 'upper_lip', 'lower_lip', 'soft_pogonion'):
        steps = []
        for head in heads:
            spot = _spot(head, name, 4)
            steps.append(spot[3:6, :3].mean() - spot[3:6, -3:].mean())
        assert np.mean(np.array(steps) > 5) > 0.95, name


def test_incisors_are_detailed_and_the_background_is_flat(heads):
    tips = [_spot(head, 'upper_incisor_tip', 5).std() for head in heads]
    flat = [head.image[150:161, 208:219].mean(2).std() for head in heads]
    assert np.median(tips) > 2 * np.median(flat)


def test_image_at_a_point_differs_from_the_same_place_in_other_heads(heads):
    own = np.mean([_spot(head, 'gonion', 6) for head in heads], axis=0)
    x, y = np.mean([head.points['gonion'] for head in heads], axis=0).astype(int)
    fixed = np.mean([h.image[y - 6 : y + 7, x - 6 : x + 7].mean(2) for h in heads], 0)
    # Averaged around gonion itself the corner stays sharp; at a fixed place it washes
    # out.
    assert own.std() > 1.5 * fixed.std()


def test_photo_frame_has_the_columns_of_the_photographs(frame):
    names = (
        'sella', 'nasion', 'A point', 'B point', 'upper 1 tip', 'upper 1 apex',
        'lower 1 tip', 'lower 1 apex', 'ANS', 'PNS', 'Gonion', 'Menton', 'ST Nasion',
        'Tip of the nose', 'Subnasal', 'Upper lip', 'Lower lip', 'ST Pogonion',
        'gnathion',
    )  # fmt: skip
    expected = ['patient_id', 'Image', 'depth_feature', 'set', 'class']
    expected += [f'{name}_{axis}' for name in names for axis in 'xy']
    assert list(frame.columns) == expected


def test_photo_frame_rows_are_the_heads(frame):
    for (_, row), head in zip(
        frame.iterrows(), synthetic.draw_heads(20, 5), strict=True
    ):
        assert row['Image'].shape == (224 * 224, 3)
        assert row['Image'].dtype == np.uint8
        assert np.array_equal(row['Image'].reshape(224, 224, 3), head.image)
        assert (row['Gonion_x'], row['Gonion_y']) == head.points['gonion']
        assert row['class'] == head.skeletal_class
    assert frame['patient_id'].tolist() == list(range(20))


def test_photo_frame_depth_is_of_the_head_only(frame):
    for depth, x, y in zip(
        frame['depth_feature'], frame['sella_x'], frame['sella_y'], strict=True
    ):
        assert depth.shape == (224, 224)
        assert depth.dtype == np.float32
        assert depth.min() == 0
        assert depth.max() <= 1
        assert depth[round(y), round(x)] > 0.5


def test_photo_frame_splits_seven_one_two(frame):
    assert frame['set'].value_counts().to_dict() == {'train': 14, 'dev': 2, 'test': 4}
    assert frame['set'].tolist() != sorted(frame['set'])
    assert frame['set'].tolist() == synthetic.photo_frame(20, seed=5)['set'].tolist()
