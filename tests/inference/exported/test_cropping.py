"""The same input of the network as MMPose's transforms make."""

import numpy as np
import pytest
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from mmlandmark.inference.exported.cropping import Crop

SIZE = (64, 96)
LOAD, PACK = dict(type='LoadLandmarkImage'), dict(type='PackLandmarkInputs')
BOX = dict(type='GetBBoxCenterScale', padding=1.2)
AFFINE = dict(type='TopdownAffine', input_size=SIZE)
GRAY = dict(type='RandomGrayscale', prob=1.0, channel_weights=(0.114, 0.587, 0.299))
PLAIN = dict(size=SIZE, mean=(0.0,), std=(1.0,), rgb=False)


@pytest.mark.parametrize(
    ('steps', 'crop'),
    [
        ([BOX, AFFINE], dict(padding=1.2)),
        ([BOX, dict(AFFINE, use_udp=True)], dict(padding=1.2, udp=True)),
        ([dict(type='GetReferenceCrop'), AFFINE], dict(kind='fan')),
        ([BOX, AFFINE, GRAY], dict(padding=1.2, gray=(0.114, 0.587, 0.299))),
    ],
)
@pytest.mark.parametrize('box', [[10, 5, 80, 70], [-9.5, 20, 40.25, 180]])
def test_crops_are_those_of_the_pipeline(steps, crop, box):
    init_default_scope('mmpose')
    image = np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
    box = np.array(box, np.float32)
    given = dict(img=image, bbox=box[None], bbox_score=np.ones(1, np.float32))
    packed = Compose([LOAD, *steps, PACK])(given)
    made = Crop(**PLAIN, **crop)
    centre, sides = made.region(box)
    np.testing.assert_array_equal(made.cut(image, centre, sides), packed['inputs'])
    np.testing.assert_allclose(centre, packed['data_samples'].input_center)
    np.testing.assert_allclose(sides, packed['data_samples'].input_scale)


def test_colours_are_ordered_and_scaled():
    image = np.zeros((4, 4, 3), np.uint8) + np.uint8([10, 20, 30])  # BGR
    crop = Crop((2, 2), (30.0, 20.0, 5.0), (1.0, 2.0, 5.0), rgb=True)
    cut = crop.cut(image, np.float32([2, 2]), np.float32([2, 2]))
    # (30 - 30) / 1, (20 - 20) / 2, (10 - 5) / 5
    assert cut[:, 0, 0].tolist() == [0, 0, 1]
    assert cut.shape == (3, 2, 2)
    assert cut.dtype == np.float32
