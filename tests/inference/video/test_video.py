"""Readers, writers and the loop between them; e2e/test_video.py runs the command."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.video.files import (
    VideoReader,
    VideoWriter,
    require_video_path,
)
from mmlandmark.inference.video.predict import (
    VideoSummary,
    predict_video,
    summary_lines,
)


class NoFaces:
    """A tracker without predictions that is interrupted in a given frame."""

    detections = lost = 0
    tracks = ()

    def __init__(self, until=None):
        self.until = until
        self.times = []

    def __call__(self, frame, seconds):
        if len(self.times) == self.until:
            raise KeyboardInterrupt
        self.times.append(seconds)
        return []

    class detector:  # noqa: N801
        scheme = None


def clip(path, frames, fps=10.0):
    writer = VideoWriter(path, fps)
    for value in range(frames):
        writer.write(np.full((48, 64, 3), 20 * (value % 12), np.uint8))
    writer.close()
    return path


def test_frames_and_times_of_a_file(tmp_path):
    reader = VideoReader(str(clip(tmp_path / 'a.avi', 4)))
    frames, times = zip(*reader, strict=True)
    assert times == pytest.approx((0, 0.1, 0.2, 0.3))
    assert [round(frame.mean() / 20) for frame in frames] == [0, 1, 2, 3]
    assert (reader.count, reader.fps, reader.live) == (4, 10, False)
    reader.close()


class Capture:
    """A cv2.VideoCapture of a file with frames at ``times`` in ms."""

    def __init__(self, times, count, fps):
        self.times, self.place = times, -1
        self.properties = {cv2.CAP_PROP_FRAME_COUNT: count, cv2.CAP_PROP_FPS: fps}

    def isOpened(self):  # noqa: N802
        return True

    def read(self):
        self.place += 1
        there = self.place < len(self.times)
        return there, np.zeros((4, 4, 3), np.uint8) if there else None

    def get(self, key):
        if key == cv2.CAP_PROP_POS_MSEC:
            return self.times[self.place] if self.place < len(self.times) else 0.0
        return self.properties[key]

    def release(self):
        pass


@pytest.mark.parametrize(
    ('times', 'count', 'fps', 'expected', 'early'),
    [
        # half at 10 frames a second, half at 2
        ([0, 100, 200, 700, 1200], 5, 5 / 1.7, [0, 0.1, 0.2, 0.7, 1.2], False),
        ([0, 0, 0, 0], 4, 10, [0, 0.1, 0.2, 0.3], False),  # no time stamps
        ([0, 100, 200, 300], 40, 10, [0, 0.1, 0.2, 0.3], True),
        ([0, 100, 200, 300], 5, 10, [0, 0.1, 0.2, 0.3], False),  # may be an estimate
        # the number is estimated from the mean rate, and the duration is complete
        ([0, 100, 600, 1100], 16, 10, [0, 0.1, 0.6, 1.1], False),
        ([0, 100, 200], 0, 10, [0, 0.1, 0.2], False),
    ],
)
def test_times_and_truncation_follow_the_container(
    tmp_path, monkeypatch, times, count, fps, expected, early
):
    capture = Capture(times, count, fps)
    monkeypatch.setattr(cv2, 'VideoCapture', lambda name: capture)
    (tmp_path / 'a.mp4').touch()
    reader = VideoReader(str(tmp_path / 'a.mp4'))
    assert [seconds for _, seconds in reader] == pytest.approx(expected)
    assert ('ends early: it states' in reader.truncation) == early


def test_a_truncated_file(tmp_path):
    path = clip(tmp_path / 'a.avi', 40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    reader = VideoReader(str(path))
    summary = predict_video(reader, NoFaces())
    assert 0 < summary.frames < 40
    assert (
        f'it states 40 frames, but only {summary.frames} could be read'
        in summary.truncation
    )
    assert (
        predict_video(VideoReader(str(path)), NoFaces(), max_frames=3).truncation == ''
    )


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_a_full_disk(tmp_path):
    path = clip(tmp_path / 'a.avi', 5)
    (tmp_path / 'p.jsonl').symlink_to('/dev/full')
    with pytest.raises(InputError, match=r'p\.jsonl cannot be written: No space'):
        predict_video(VideoReader(str(path)), NoFaces(), results=tmp_path / 'p.jsonl')


def test_a_video_that_opencv_could_not_write(tmp_path):
    """OpenCV does not report a full disk."""
    writer = VideoWriter(tmp_path / 'a.avi', 10.0)
    for _ in range(9):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer._writer.release()
    writer._partial.write_bytes(writer._partial.read_bytes()[:100])
    with pytest.raises(InputError, match=r'a\.avi could not be written'):
        writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('until', 'max_frames', 'frames', 'stopped'),
    [(None, None, 5, False), (None, 2, 2, False), (3, None, 3, True)],
)
def test_written_frames_are_kept(tmp_path, until, max_frames, frames, stopped):
    reader = VideoReader(str(clip(tmp_path / 'a.avi', 5)))
    out = tmp_path / 'out.avi'
    results = tmp_path / 'p.jsonl'
    summary = predict_video(reader, NoFaces(until), out, results, max_frames=max_frames)
    assert (summary.frames, summary.empty, summary.stopped) == (frames, frames, stopped)
    assert len(results.read_text().splitlines()) == frames
    capture = cv2.VideoCapture(str(out))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == frames
    assert {path.name for path in tmp_path.iterdir()} == {'a.avi', 'out.avi', 'p.jsonl'}


def test_no_frame_leaves_no_file(tmp_path):
    VideoWriter(tmp_path / 'a.mp4', 25.0).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('name', 'message'),
    [('a.gif', r'\.mp4'), ('a', r'\.avi'), ('no/a.mp4', 'no folder')],
)
def test_paths_that_are_refused(tmp_path, name, message):
    with pytest.raises(InputError, match=message):
        require_video_path(tmp_path / name)


def test_summary_lines():
    summary = VideoSummary(
        frames=50,
        seconds=2.0,
        detections=5,
        empty=1,
        stopped=True,
        lost=2,
        truncation='early',
    )
    assert summary_lines(summary, None, None) == [
        '50 frames, 25.0 frames per second',
        '  boxes detected in 5 frames',
        '  no prediction in 1 frames',
        '  faces lost 2 times and detected again',
        '  early',
        '  stopped; the frames written before are kept',
    ]
