import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import TRANSFORMS

from mmlandmark import InputError
from mmlandmark.datasets import (
    GetReferenceCrop,
    LabelDepth,
    LabelGuide,
    PackLandmarkInputs,
)


def test_reference_crop_of_a_box():
    found = GetReferenceCrop().transform(dict(bbox=np.array([[10, 20, 110, 115.0]])))
    np.testing.assert_allclose(found['bbox_center'], [[60, 56.1]])
    np.testing.assert_allclose(found['bbox_scale'], [[200, 200]])


@pytest.fixture
def item():
    """Three points, the first two mirror each other; a crop of 40 to 20 pixels."""
    return dict(
        img=np.zeros((80, 100, 3), np.uint8),
        img_shape=(80, 100),
        keypoints=np.array([[[30, 20], [60, 24], [45, 50]]], np.float32),
        keypoints_visible=np.ones((1, 3), np.float32),
        points_2d=np.array([[30, 20], [60, 24], [45, 50]], np.float32),
        points_z=np.array([1, 5, 9], np.float32),
        flip_indices=[1, 0, 2],
        bbox=np.array([[30, 20, 60, 50]], np.float32),
        bbox_center=np.array([[45, 35]], np.float32),
        bbox_scale=np.array([[40, 40]], np.float32),
    )


def cropped(item, flip=False, rotation=0.0):
    init_default_scope('mmpose')
    item['bbox_rotation'] = np.array([rotation], np.float32)
    steps = [dict(type='RandomFlip', direction='horizontal', prob=1.0)] * flip
    for step in [*steps, dict(type='TopdownAffine', input_size=(20, 20))]:
        item = TRANSFORMS.build(step).transform(item)
    return item


@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('rotation', [0.0, 30.0])
def test_a_guide_goes_where_the_points_go(item, flip, rotation):
    item = cropped(item, flip, rotation)
    found = LabelGuide().transform(item)['guide_labels']
    np.testing.assert_allclose(found * 20, item['transformed_keypoints'], atol=1e-4)


def test_a_guide_by_hand(item):
    # half as large: (30 - 45) / 2 + 10 and (20 - 35) / 2 + 10 of 20
    found = LabelGuide().transform(cropped(item))['guide_labels']
    np.testing.assert_allclose(found[0, 0], [2.5 / 20, 2.5 / 20], atol=1e-6)


@pytest.mark.parametrize(
    ('flip', 'expected'), [(False, [-0.1, 0, 0.1]), (True, [0, -0.1, 0.1])]
)
def test_depths_are_shares_of_the_crop(item, flip, expected):
    found = LabelDepth().transform(cropped(item, flip))['depth_labels']
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@pytest.mark.parametrize(
    ('step', 'key', 'message'),
    [
        (LabelGuide, 'points_2d', 'image x has no points_2d'),
        (LabelDepth, 'points_z', r'image x has no points_z \(AFLW2000-3D\)'),
    ],
)
def test_data_without(item, step, key, message):
    del item[key]
    item['sample_id'] = 'x'
    with pytest.raises(InputError, match=message):
        step().transform(cropped(item))


def test_labels_are_packed(item):
    item = LabelDepth().transform(LabelGuide().transform(cropped(item)))
    item['keypoint_labels'] = np.zeros((1, 3, 2), np.float32)
    item['label_mapping_table'] = dict(keypoint_labels='keypoint_labels')  # a codec's
    packed = PackLandmarkInputs().transform(item)['data_samples'].gt_instance_labels
    assert packed.keypoint_labels.shape == packed.guide_labels.shape == (1, 3, 2)
    assert packed.depth_labels.shape == (1, 3)
