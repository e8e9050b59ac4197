import numpy as np
import pytest
import torch

from mmlandmark import InputError
from mmlandmark.face.detection import reference_crop
from mmlandmark.models.heads.fan_heatmap import (
    FANHeatmap,
    local_centroids,
    read_heatmaps,
)


def test_reference_crop():
    # 100 wide and 95 high: the side is 200 * 195 / 195, the middle raised by 0.12 * 95
    centre, side = reference_crop([10, 20, 110, 115])
    np.testing.assert_allclose(centre, [60, 67.5 - 11.4])
    assert side == pytest.approx(200)


@pytest.fixture
def heatmaps():
    maps = np.zeros((2, 64, 64), np.float32)
    maps[0, 40, 20] = 1
    maps[0, 40, 21] = 0.5  # right of the peak
    maps[0, 39, 20] = 0.25  # above it
    maps[1, 10, 30] = 1  # no neighbour is larger
    return maps


@pytest.mark.parametrize(
    ('legacy', 'expected'),
    [
        # a side of 200: 3.125 pixels each, (20 + 0.5 + 0.25 - 32) * 3.125 + 60 and
        # (40 + 0.5 - 0.25 - 32) * 3.125 + 56.1; (30 + 0.5 - 32) and (10 + 0.5 - 32)
        (False, [[24.84375, 81.88125], [55.3125, -11.0875]]),
        (True, [[24, 81], [55, -11]]),  # cut off towards zero
    ],
)
def test_points_as_face_alignment_reads_them(heatmaps, legacy, expected):
    found = read_heatmaps(heatmaps, np.array([60, 56.1]), 200, legacy)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ('options', 'first'),
    [
        # the mean of 1 at (20, 40), 0.5 at (21, 40), 0.25 at (20, 39), times 4
        (dict(), [4 * (20 + 0.5 / 1.75), 4 * (40 - 0.25 / 1.75)]),
        (dict(decoding='quarter'), [81, 159]),
        (dict(decoding='quarter', shift=0.5), [83, 161]),
    ],
)
def test_decoding(heatmaps, options, first):
    codec = FANHeatmap((256, 256), (64, 64), **options)
    points, scores = codec.decode(heatmaps)
    np.testing.assert_allclose(points[0, 0], first, rtol=1e-5)
    np.testing.assert_allclose(scores, [[1, 1]])


def test_a_centroid_leaves_out_what_is_far_and_what_is_negative():
    maps = torch.zeros(1, 3, 20, 20)  # within 2 pixels of the peak
    maps[0, 0, 5, 5], maps[0, 0, 5, 7], maps[0, 0, 5, 8] = 1, 1, 0.9
    maps[0, 1, 5, 5], maps[0, 1, 6, 5] = 1, -4
    maps[0, 2] = -1
    maps[0, 2, 3, 4] = -0.5  # nothing is positive: the peak
    expected = torch.tensor([[[6.0, 5], [5, 5], [4, 3]]])
    torch.testing.assert_close(local_centroids(maps), expected)


def test_unknown_decoding():
    with pytest.raises(InputError, match="'centroid' or 'quarter', not 'dark'"):
        FANHeatmap((256, 256), (64, 64), decoding='dark')
