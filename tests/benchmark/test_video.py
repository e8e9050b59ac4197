"""The generated video of the benchmark, and its step."""

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.benchmark import video as module
from mmlandmark.structures.prediction import Prediction


class Bright:
    """Finds the box of what is white, if anything is."""

    calls = 0

    def __init__(self, *_):
        self.find_boxes = self.find

    def find(self, image):
        Bright.calls += 1
        rows, columns = np.nonzero(image[..., 0] > 200)
        if not len(rows):
            return np.zeros((0, 4))
        return np.array([[columns.min(), rows.min(), columns.max(), rows.max()]], float)

    def __call__(self, image, boxes):
        return [
            Prediction(
                self.find(image).reshape(2, 2), np.ones(2), ('a', 'b'), box=tuple(box)
            )
            for box in boxes
        ]


@pytest.fixture
def video(tmp_path, monkeypatch):
    """A small video of a white square on black, of a photograph of 60x40 pixels."""
    monkeypatch.setattr(module, 'SIZE', (160, 80))
    monkeypatch.setattr(module, 'LandmarkDetector', Bright)
    photograph = np.zeros((40, 60, 3), np.uint8)
    photograph[10:30, 20:40] = 255
    cv2.imwrite(str(tmp_path / 'square.png'), photograph)
    module.write_video(tmp_path / 'square.png', tmp_path / 'v.mp4', 12)
    return tmp_path / 'v.mp4'


def test_the_photograph_fills_the_height_and_moves(video):
    capture = cv2.VideoCapture(str(video))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    assert len(frames) == 12
    assert frames[0].shape == (80, 160, 3)
    # 60x40 becomes 120x80 in the middle; gray to its sides
    assert abs(frames[0][40, 8].mean() - module.AROUND) < 20
    places = [np.argwhere(frame[..., 0] > 200).mean(axis=0) for frame in frames]
    np.testing.assert_allclose(places[0], [39.5, 79.5], atol=2)
    # lag.moving: 0.15 of the height, a circle in 75 frames, 11 / 75 of it at the end
    angle = 2 * np.pi * 11 / 75
    shift = 0.15 * 80 * np.array([1 - np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(places[-1] - places[0], shift, atol=1.5)


@pytest.mark.parametrize(('every', 'calls'), [(1, 12), (5, 3)])
def test_a_step_reads_the_whole_video(video, every, calls):
    step = module.video_run('face68', None, str(video), every)
    for _ in range(2):
        Bright.calls = 0
        assert step() == 12
        assert Bright.calls == calls + 12  # the points are found by the same function


def test_a_video_without_a_face(video, monkeypatch):
    monkeypatch.setattr(Bright, 'find', lambda self, image: np.zeros((0, 4)))
    with pytest.raises(InputError, match='no face was found in 12 of 12 frames'):
        module.video_run('face68', None, str(video), 5)()
