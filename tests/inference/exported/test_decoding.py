"""The same points as MMPose's codecs read, wherever a peak lies."""

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap, RegressionLabel, UDPHeatmap

from mmlandmark.inference.export.graph import DarkDecoder
from mmlandmark.inference.exported import decoding as exported
from mmlandmark.inference.exported.decoding import Decoding, peaks
from mmlandmark.models.heads.fan_heatmap import FANHeatmap
from mmlandmark.models.heads.heatmap import expected_radial_errors

INPUT, GRID = (96, 128), (24, 32)
MSRA = MSRAHeatmap(INPUT, GRID, 1.5, unbiased=True, blur_kernel_size=7)
PLAIN = MSRAHeatmap(INPUT, GRID, 1.5)
UDP = UDPHeatmap(INPUT, GRID, sigma=1)


@pytest.fixture(scope='module')
def heatmaps():
    """Two images' seven points: in the middle, near borders and in a corner."""
    random = np.random.default_rng(0)
    x = np.array([12.3, 1.2, 22.4, 5.6, 0.0, 23.0, 11.0])
    y = np.array([16.7, 9.1, 30.2, 0.4, 0.0, 20.5, 2.0])
    points = np.stack([x, y], 1)[None] + random.uniform(0, 0.3, (2, 7, 1))
    rows, columns = np.mgrid[:32, :24]
    squares = (columns - points[..., 0, None, None]) ** 2
    squares = squares + (rows - points[..., 1, None, None]) ** 2
    noise = random.uniform(0, 0.01, squares.shape)
    return (np.exp(-squares / 4.5) + noise).astype(np.float32)


@pytest.mark.parametrize(
    ('codec', 'decoding'),
    [
        (MSRA, Decoding('dark', INPUT, blur=7)),
        (PLAIN, Decoding('quarter', INPUT)),
        (UDP, Decoding('udp', INPUT, blur=11)),
        (FANHeatmap(INPUT, GRID), Decoding('centroid', INPUT)),
        (
            FANHeatmap(INPUT, GRID, decoding='quarter', shift=0.5),
            Decoding('quarter', INPUT, shift=0.5),
        ),
    ],
)
def test_points_are_those_of_the_codec(heatmaps, codec, decoding):
    points, scores = decoding(heatmaps)
    for maps, found, tops in zip(heatmaps, points, scores, strict=True):
        expected, peak = codec.decode(maps)
        np.testing.assert_allclose(found, expected[0], atol=1e-3)
        np.testing.assert_allclose(tops, peak[0])


@pytest.mark.parametrize(('codec', 'blur'), [(MSRA, 7), (UDP, 11)])
def test_the_decoder_in_the_graph_agrees(heatmaps, codec, blur):
    kind = 'udp' if codec is UDP else 'dark'
    points, _ = Decoding(kind, INPUT, blur=blur)(heatmaps)
    if kind == 'udp':  # decoded to the input's side: see detector_points
        points = points * (np.array(INPUT) - 1) / INPUT
    found = DarkDecoder(codec)(torch.from_numpy(heatmaps)).numpy()
    np.testing.assert_allclose(found, points, atol=2e-3)


def test_coordinates_are_shares_of_the_input():
    shares = np.array([[[0.5, 0.25], [0, 1]]])
    points, scores = Decoding('coordinates', INPUT)(shares)
    assert points.tolist() == [[[48, 32], [0, 128]]]
    assert scores.tolist() == [[1, 1]]
    expected, _ = RegressionLabel(INPUT).decode(shares[0][None])
    np.testing.assert_allclose(points, expected)


def test_a_heatmap_without_a_peak():
    places, scores = peaks(np.zeros((1, 2, 4, 4), np.float32))
    assert (places == -1).all()
    assert (scores == 0).all()


def test_heatmap_errors_are_those_of_the_head(heatmaps):
    decoding = Decoding('dark', INPUT, blur=7)
    points, _ = decoding(heatmaps)
    pixel = decoding.pixel(heatmaps)
    assert pixel.tolist() == [4, 4]
    expected = expected_radial_errors(
        torch.from_numpy(heatmaps), torch.from_numpy(points).float(), pixel
    )
    np.testing.assert_allclose(
        exported.expected_radial_errors(heatmaps, points, pixel), expected, rtol=1e-4
    )
