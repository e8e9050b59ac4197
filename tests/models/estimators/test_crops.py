import math

import pytest
import torch

from mmlandmark.models.estimators.crops import (
    cut_crops,
    gaussian_maps,
    random_matrices,
    to_crop,
    to_image,
)

SAME = torch.eye(2).view(1, 1, 2, 2)
QUARTER_TURN = torch.tensor([[[[0.0, -1.0], [1.0, 0.0]]]])


def ramp(height=8, width=10):
    """An image whose values are the positions: 100 y + x."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    return (100.0 * y + x)[None, None]


def cut(centre, matrix=SAME, size=3):
    return cut_crops(ramp(), torch.tensor([[centre]]), matrix, size)[0, 0]


@pytest.mark.parametrize(
    ('centre', 'matrix', 'expected'),
    [
        ((4.0, 3.0), SAME, [[203, 204, 205], [303, 304, 305], [403, 404, 405]]),
        ((4.5, 3.0), SAME, [[203.5, 204.5, 205.5], [303.5, 304.5, 305.5],
                            [403.5, 404.5, 405.5]]),
        # twice as coarse
        ((4.0, 3.0), 2 * SAME, [[102, 104, 106], [302, 304, 306], [502, 504, 506]]),
        # right in the crop is down in the image
        ((4.0, 3.0), QUARTER_TURN, [[205, 305, 405], [204, 304, 404],
                                    [203, 303, 403]]),
        # the border goes on
        ((0.0, 0.0), SAME, [[0, 0, 1], [0, 0, 1], [100, 100, 101]]),
    ],
)  # fmt: skip
def test_cut_crops_by_hand(centre, matrix, expected):
    torch.testing.assert_close(
        cut(centre, matrix),
        torch.tensor(expected, dtype=torch.float32),
        atol=1e-3,
        rtol=0,
    )


def test_crops_of_two_images_keep_their_order():
    images = torch.stack([ramp()[0], ramp()[0] + 1000])
    centres = torch.tensor([[[4.0, 3.0], [5.0, 4.0]]] * 2)
    crops = cut_crops(images, centres, SAME.expand(2, 2, 2, 2), 3)
    assert crops.shape == (4, 1, 3, 3)
    middles = crops[:, 0, 1, 1].tolist()
    assert middles == pytest.approx([304, 405, 1304, 1405], abs=1e-3)


@pytest.mark.parametrize(
    ('matrix', 'crop', 'image'),
    [
        (SAME, (1.0, 1.0), (10.0, 20.0)),  # the middle of 3 pixels
        (SAME, (2.0, 0.0), (11.0, 19.0)),
        (2 * SAME, (2.0, 0.0), (12.0, 18.0)),
        (QUARTER_TURN, (2.0, 1.0), (10.0, 21.0)),
    ],
)
def test_points_go_there_and_back(matrix, crop, image):
    crop, image = torch.tensor([[crop]]), torch.tensor([[image]])
    centre = torch.tensor([[[10.0, 20.0]]])
    torch.testing.assert_close(to_image(crop, centre, matrix, 3), image)
    torch.testing.assert_close(to_crop(image, centre, matrix, 3), crop)


def test_random_matrices_stay_in_their_bounds():
    torch.manual_seed(0)
    matrices = random_matrices((50, 40), 10.0, 1.3, torch.device('cpu')).view(-1, 2, 2)
    scale = matrices.det().sqrt()
    assert 1 / 1.3 <= scale.min() < 1 / 1.25
    assert 1.25 < scale.max() <= 1.3
    across, along = matrices.norm(dim=1).unbind(dim=1)
    aspect = (across / along).log().abs().max()
    assert 0.9 * math.log(1.3) / 3 < aspect <= math.log(1.3) / 3
    angle = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])
    assert math.radians(9.8) < angle.abs().max() <= math.radians(10)
    assert abs(angle.mean()) < math.radians(1)


def test_gaussian_maps_by_hand():
    points = torch.tensor([[[1.0, 2.0], [9.0, 1.0], [-1.0, 0.0]]])
    maps = gaussian_maps(points, 4, sigma=1.0)[0]
    assert maps[0, 2, 1] == 1
    assert maps[0, 2, 2].item() == pytest.approx(math.exp(-0.5))
    assert maps[0, 0, 0].item() == pytest.approx(math.exp(-2.5))
    assert maps[1].sum() == 0  # too far outside
    assert maps[2, 0, 0].item() == pytest.approx(math.exp(-0.5))


def test_autocast_rounds_no_place():
    centre, point = torch.tensor([[[300.3, 200.7]]]), torch.tensor([[[90.0, 7.0]]])
    matrix = torch.tensor([[[[1.1, -0.2], [0.3, 0.9]]]])
    image = ramp(400, 500)
    expected = to_image(point, centre, matrix, 96), cut_crops(image, centre, matrix, 96)
    with torch.autocast('cpu', torch.bfloat16):
        found = (
            to_image(point, centre, matrix, 96),
            cut_crops(image, centre, matrix, 96),
        )
        back = to_crop(found[0], centre, matrix, 96)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(back, point, atol=1e-3, rtol=0)
