import numpy as np
import pytest

from mmlandmark.inference.video.lag import follow, moving, sequence, steadiness, still


@pytest.mark.parametrize(
    ('points', 'shifts', 'places', 'jitter', 'lag'),
    [
        # with the picture: nothing of its own
        ([[1, 1], [4, 5], [7, 9]], [[0, 0], [3, 4], [6, 8]], None, 0, 0),
        # still: steps of 3 and 3, about the mean place 2: 1, 2, 1 off
        ([[1, 0], [4, 0], [1, 0]], [[0, 0]] * 3, None, 3, (1 + 2 + 1) / 3),
        # two behind the picture in the last frame: steps 0 and 2
        ([[0, 0], [5, 0], [8, 0]], [[0, 0], [5, 0], [10, 0]], [[0, 0]], 2**0.5, 2 / 3),
    ],
)
def test_by_hand(points, shifts, places, jitter, lag):
    points, shifts = np.array(points, float)[:, None], np.array(shifts, float)
    found = steadiness(points, shifts, None if places is None else np.array(places))
    assert found.frames == 3
    assert found.jitter == pytest.approx(jitter)
    assert found.lag == pytest.approx(lag)


def test_a_sequence_moves_as_it_says():
    image = np.zeros((100, 80, 3), np.uint8)
    image[40:44, 20:24] = 255
    for number, (frame, seconds, shift) in enumerate(sequence(image, moving, 30)):
        assert seconds == pytest.approx(number / 25)
        rows, columns = np.nonzero(frame[..., 0] > 128)
        place = np.array([columns.mean(), rows.mean()])
        np.testing.assert_allclose(place, np.add((21.5, 41.5), shift), atol=0.6)
    # a circle of 0.15 of 80 about its lowest point; 29 frames are 1.16 s of 3
    angle = 2 * np.pi * 1.16 / 3
    np.testing.assert_allclose(shift, [12 * np.sin(angle), 12 * (1 - np.cos(angle))])


def test_only_noise_differs_between_still_frames():
    image = np.full((50, 50, 3), 100, np.uint8)
    one, two = (frame.astype(float) for frame, _, _ in sequence(image, still, 2))
    assert (one - 100).std() == pytest.approx(4, rel=0.1)
    assert (one - two).std() == pytest.approx(4 * 2**0.5, rel=0.1)


def test_frames_without_a_face_are_left_out():
    def track(frame, seconds):
        found = type('Found', (), dict(points=np.full((3, 2), seconds)))
        return [found] if seconds else []

    frames = sequence(np.zeros((9, 9, 3), np.uint8), moving, 4)
    points, shifts = follow(track, frames)
    assert points.shape == (3, 3, 2)
    assert shifts.shape == (3, 2)
    assert points[0, 0, 0] == 1 / 25
