import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.datasets import FlipParts, LoadParts, Occlude, ResizePhoto


def item(labels, parts='lapa11', name='a'):
    labels = np.array(labels, np.uint8)
    image = np.dstack([labels] * 3)
    return dict(
        img=image,
        img_shape=image.shape[:2],
        ori_shape=image.shape[:2],
        gt_seg_map=labels,
        seg_fields=['gt_seg_map'],
        parts=parts,
        sample_id=name,
    )


@pytest.mark.parametrize(
    ('parts', 'labels', 'flipped'),
    [
        # eyebrows and eyes change places, all else and 255 keep their labels
        ('lapa11', [[2, 3, 4], [5, 6, 255]], [[5, 2, 3], [255, 6, 4]]),
        ('fasseg6', [[2, 3, 4], [5, 1, 255]], [[4, 3, 2], [255, 1, 5]]),
    ],
)
def test_left_and_right_change_places(parts, labels, flipped):
    found = FlipParts(prob=1.0)(item(labels, parts))
    assert found['gt_seg_map'].tolist() == flipped
    assert found['img'][..., 0].tolist() == np.array(labels)[:, ::-1].tolist()
    kept = FlipParts(prob=0.0)(item(labels, parts))
    assert kept['gt_seg_map'].tolist() == labels


def test_load(tmp_path):
    Image.fromarray(np.array([[0, 10], [255, 3]], np.uint8)).save(tmp_path / 'a.png')
    given = dict(seg_map_path=tmp_path / 'a.png', parts='lapa11', ori_shape=(2, 2))
    assert LoadParts()(dict(given))['gt_seg_map'].tolist() == [[0, 10], [255, 3]]
    with pytest.raises(InputError, match='has the value 10'):
        LoadParts()(dict(given, parts='fasseg6'))


def test_only_the_photograph_is_resized():
    labels = np.arange(8).reshape(2, 4)
    found = ResizePhoto(scale=(2, 1), interpolation='area')(item(labels))
    assert found['gt_seg_map'].tolist() == labels.tolist()
    # means of 0, 1, 4, 5 and of 2, 3, 6, 7: 2.5 and 4.5, which OpenCV rounds up
    assert found['img'][..., 0].tolist() == [[3, 5]]
    assert found['ori_shape'] == (2, 4)


def face(side=100):
    labels = np.zeros((side, side), int)
    labels[10:90, 20:80] = 1
    return labels


@pytest.mark.parametrize('share', [0.05, 0.2])
def test_a_disc_of_known_size(share):
    labels = face()
    found = Occlude(share)(item(labels))
    covered = found['gt_seg_map'] == 255
    area = share * 80 * 60
    inside = min(covered.sum(), area)  # the picture's edge may cut it
    assert 0.5 * area < inside
    assert covered.sum() < 1.1 * area
    y, x = np.argwhere(covered).mean(axis=0).round().astype(int)
    assert covered[y, x]
    # the mean colour under it, all else as it was
    assert len(np.unique(found['img'][covered])) == 1
    assert (found['img'][~covered] == np.dstack([labels] * 3)[~covered]).all()
    assert (found['gt_seg_map'][~covered] == labels[~covered]).all()


def test_the_disc_follows_from_the_id():
    places = [
        (Occlude(0.1)(item(face(), name=name))['gt_seg_map'] == 255).tobytes()
        for name in ('a', 'a', 'b')
    ]
    assert places[0] == places[1]
    assert places[0] != places[2]


def test_unpainted_leaves_out_the_same_pixels():
    painted = Occlude(0.1)(item(face()))
    plain = Occlude(0.1, paint=False)(item(face()))
    assert (plain['gt_seg_map'] == painted['gt_seg_map']).all()
    assert (plain['img'][..., 0] == face()).all()


def test_nothing_to_cover():
    labels = np.zeros((4, 4), int)
    assert Occlude(0.1)(item(labels))['gt_seg_map'].tolist() == labels.tolist()
    with pytest.raises(InputError, match=r'not 0\.9'):
        Occlude(0.9)
