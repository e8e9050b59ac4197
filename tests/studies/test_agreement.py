"""Agreement of observers: matching, values by hand, the annotators of ISBI 2015."""

import numpy as np
import pytest

from mmlandmark.errors import InputError
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.studies.agreement import align, study
from mmlandmark.studies.agreement_files import landmark_rows, write_study
from mmlandmark.studies.label_set import LabelSet, of_split, read_label_set


def labels(name, shifts, names=('nose', 'chin')):
    """Two points in each image, shifted by ``(dx, dy)``."""
    base = np.array([[10.0, 10], [10, 20]])[: len(names)]
    points = {f'{i}': base + shift for i, shift in enumerate(shifts)}
    return LabelSet(name, tuple(names), points)


def compared(a, b, **kwargs):
    return study(align([a, b], **kwargs)).comparisons[0]


def test_bias_and_distance_of_two_observers():
    shifts = np.array([(3.0, 4), (3, 4), (3, 4), (6, 8)])
    found = compared(labels('a', shifts * 0), labels('b', shifts))
    assert (found.first, found.second, found.unit) == ('a', 'b', 'px')
    assert found.overall.mre == pytest.approx((3 * 5 + 10) / 4)
    np.testing.assert_allclose(found.landmarks[0].bias.mean, [3.75, 5])


def test_distances_follow_a_spacing_that_is_not_square():
    shifts = np.array([(2.0, 0), (0, 2), (2, 0)])
    spacing = PixelSpacing(0.5, 1.5, 'given')  # sy, sx
    found = compared(labels('a', shifts * 0), labels('b', shifts), spacing=spacing)
    assert found.overall.mre == pytest.approx((3 + 1 + 3) / 3)
    assert found.overall.sdr[2.0] == pytest.approx(100 / 3)


def test_points_are_matched_by_name_and_images_by_id():
    a = labels('a', np.zeros((3, 2)), ('Nasion', 'Sella'))
    b = labels('b', np.zeros((4, 2)), ('S', 'N'))
    series = align([a, b])
    assert (series.ids, series.names) == (['0', '1', '2'], ('Nasion', 'Sella'))
    np.testing.assert_array_equal(series.points[1, 0], [[10, 20], [10, 10]])
    assert series.left_out == ['b: 1 images that another observer lacks']


def test_a_missing_point_is_not_counted():
    a, b = (labels(name, np.zeros((4, 2))) for name in 'ab')
    b.points['1'][0] = np.nan
    found = compared(a, b)
    assert [one.n for one in found.landmarks] == [3, 4]
    assert found.overall.mre == 0


def test_a_repeated_name_is_an_intra_observer_comparison():
    sets = [labels(name, np.zeros((3, 2))) for name in ('ann', 'ann', 'ben')]
    found = study(align(sets)).comparisons
    assert [(c.first, c.second, c.kind) for c in found] == [
        ('ann', 'ben', 'inter-observer'),
        ('ann, session 1', 'ann, session 2', 'intra-observer'),
    ]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(points={'x': np.zeros((2, 2))}), 'no image in common'),
        (dict(names=('ear', 'eye')), 'no point in common'),
    ],
)
def test_sets_that_cannot_be_compared(change, message):
    a, b = (labels(name, np.zeros((3, 2))) for name in 'ab')
    for key, value in change.items():
        setattr(b, key, value)
    with pytest.raises(InputError, match=message):
        align([a, b])


def test_spacings_that_differ_are_refused():
    a, b = (labels(name, np.zeros((1, 2))) for name in 'ab')
    a.spacings['0'], b.spacings['0'] = map(PixelSpacing.square, (0.1, 0.2))
    with pytest.raises(InputError, match='different spacings'):
        align([a, b])


def test_the_split_of_one_observer_selects_the_images_of_all():
    known, unknown = (labels(name, np.zeros((3, 2))) for name in 'ab')
    known.splits = {'0': 'train', '1': 'test', '2': 'test'}
    found = of_split({0: known, 1: unknown}, 'test')
    assert align([found[0], found[1]]).ids == ['1', '2']
    with pytest.raises(InputError, match='its splits are: test, train'):
        of_split({0: known, 1: unknown}, 'val')
    with pytest.raises(InputError, match='no observer knows the split'):
        of_split({0: unknown}, 'test')


def test_files_of_a_study(tmp_path):
    rng = np.random.default_rng(0)
    sets = [labels(name, rng.normal(size=(8, 2))) for name in ('=a', 'b', 'c')]
    written = write_study(tmp_path, study(align(sets)))
    assert [p.name for p in written] == [
        'agreement.html',
        'agreement.pdf',
        'landmarks.csv',
    ]
    lines = written[2].read_text().splitlines()
    assert len(lines) == 1 + 3 * 3  # three pairs, two landmarks and all
    assert lines[1].startswith("'=a,b,inter-observer,all,16,")
    assert written[1].read_bytes().startswith(b'%PDF')
    assert 'c against b (inter-observer)' in written[0].read_text()


def test_csv_tables_need_no_images(tmp_path):
    path = tmp_path / 'ann.csv'
    path.write_text(
        'image,landmark,x,y\n1.png,nose,1,2\n1.png,chin,3,4\n2.png,nose,5,6\n'
    )
    found = read_label_set(path)
    assert (found.name, found.names, list(found.points)) == (
        'ann',
        ('nose', 'chin'),
        ['1', '2'],
    )
    np.testing.assert_array_equal(found.points['2'], [[5, 6], [np.nan, np.nan]])


def test_two_heads_of_one_image_are_refused(tmp_path):
    path = tmp_path / 'ann.csv'
    path.write_text('image,face,nose_x,nose_y\na/1.png,1,1,2\nb/1.png,1,3,4\n')
    with pytest.raises(InputError, match="2 heads or images named '1'"):
        read_label_set(path)


def test_annotators_of_isbi_2015(isbi2015):
    sets = [
        read_label_set(isbi2015 / f'400_{who}', who, 'test1')
        for who in ('senior', 'junior')
    ]
    found = study(align(sets)).comparisons[0]
    row = landmark_rows([found])[0]
    # 2.363 (2.163) mm and 55.54 % within 2 mm, computed from the files independently
    assert row['n'] == 2850
    assert row['mre_mm'] == pytest.approx(2.363, abs=5e-4)
    assert row['sdr_2mm'] == pytest.approx(55.54, abs=5e-3)
    chin = next(one for one in found.landmarks if one.name == 'Soft-tissue pogonion')
    np.testing.assert_allclose(chin.bias.mean, [2.53, -5.92], atol=5e-3)
