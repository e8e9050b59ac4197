"""Sources, writers and the loop between them; the tool is in tests/e2e/test_video.py."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.video.video import (
    Source,
    Watched,
    Writer,
    checked_video,
    lines,
    watch,
)


class Nothing:
    """A tracker that finds nothing, and is interrupted in a frame if asked to."""

    looks = lost = 0
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
    writer = Writer(path, fps)
    for value in range(frames):
        writer.write(np.full((48, 64, 3), 20 * (value % 12), np.uint8))
    writer.close()
    return path


def test_frames_and_times_of_a_file(tmp_path):
    source = Source(str(clip(tmp_path / 'a.avi', 4)))
    frames, times = zip(*source, strict=True)
    assert times == pytest.approx((0, 0.1, 0.2, 0.3))
    assert [round(frame.mean() / 20) for frame in frames] == [0, 1, 2, 3]
    assert (source.count, source.fps, source.live) == (4, 10, False)
    source.close()


class Capture:
    """What OpenCV reads of a file, whose frames are ``times`` apart in ms."""

    def __init__(self, times, count, fps):
        self.times, self.place = times, -1
        self.said = {cv2.CAP_PROP_FRAME_COUNT: count, cv2.CAP_PROP_FPS: fps}

    def isOpened(self):  # noqa: N802
        return True

    def read(self):
        self.place += 1
        there = self.place < len(self.times)
        return there, np.zeros((4, 4, 3), np.uint8) if there else None

    def get(self, key):
        if key == cv2.CAP_PROP_POS_MSEC:
            return self.times[self.place] if self.place < len(self.times) else 0.0
        return self.said[key]

    def release(self):
        pass


@pytest.mark.parametrize(
    ('times', 'count', 'fps', 'expected', 'early'),
    [
        # half at 10 frames a second, half at 2
        ([0, 100, 200, 700, 1200], 5, 5 / 1.7, [0, 0.1, 0.2, 0.7, 1.2], False),
        ([0, 0, 0, 0], 4, 10, [0, 0.1, 0.2, 0.3], False),  # no time stamps
        ([0, 100, 200, 300], 40, 10, [0, 0.1, 0.2, 0.3], True),
        ([0, 100, 200, 300], 5, 10, [0, 0.1, 0.2, 0.3], False),  # one may be a guess
        # a number that is a guess of the mean rate, and all of the time is there
        ([0, 100, 600, 1100], 16, 10, [0, 0.1, 0.6, 1.1], False),
        ([0, 100, 200], 0, 10, [0, 0.1, 0.2], False),
    ],
)
def test_times_and_the_end_are_the_containers(
    tmp_path, monkeypatch, times, count, fps, expected, early
):
    capture = Capture(times, count, fps)
    monkeypatch.setattr(cv2, 'VideoCapture', lambda name: capture)
    (tmp_path / 'a.mp4').touch()
    source = Source(str(tmp_path / 'a.mp4'))
    assert [seconds for _, seconds in source] == pytest.approx(expected)
    assert ('ends early: it says' in source.missing) == early


def test_a_file_that_is_cut_off(tmp_path):
    path = clip(tmp_path / 'a.avi', 40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = Source(str(path))
    seen = watch(source, Nothing())
    assert 0 < seen.frames < 40
    assert f'it says 40 frames, {seen.frames} could be read' in seen.missing
    assert watch(Source(str(path)), Nothing(), most=3).missing == ''


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_a_disk_that_is_full(tmp_path):
    path = clip(tmp_path / 'a.avi', 5)
    (tmp_path / 'p.jsonl').symlink_to('/dev/full')
    with pytest.raises(InputError, match=r'p\.jsonl cannot be written: No space'):
        watch(Source(str(path)), Nothing(), results=tmp_path / 'p.jsonl')


def test_a_video_that_opencv_could_not_write(tmp_path):
    """It says nothing of a full disk."""
    writer = Writer(tmp_path / 'a.avi', 10.0)
    for _ in range(9):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer._writer.release()
    writer._partial.write_bytes(writer._partial.read_bytes()[:100])
    with pytest.raises(InputError, match=r'a\.avi could not be written'):
        writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('until', 'most', 'frames', 'stopped'),
    [(None, None, 5, False), (None, 2, 2, False), (3, None, 3, True)],
)
def test_what_was_written_until_the_end_is_kept(tmp_path, until, most, frames, stopped):
    source = Source(str(clip(tmp_path / 'a.avi', 5)))
    out = tmp_path / 'out.avi'
    results = tmp_path / 'p.jsonl'
    seen = watch(source, Nothing(until), out, results, most=most)
    assert (seen.frames, seen.empty, seen.stopped) == (frames, frames, stopped)
    assert len(results.read_text().splitlines()) == frames
    capture = cv2.VideoCapture(str(out))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == frames
    assert {path.name for path in tmp_path.iterdir()} == {'a.avi', 'out.avi', 'p.jsonl'}


def test_nothing_written_leaves_nothing(tmp_path):
    Writer(tmp_path / 'a.mp4', 25.0).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('name', 'message'),
    [('a.gif', r'\.mp4'), ('a', r'\.avi'), ('no/a.mp4', 'no folder')],
)
def test_where_a_video_cannot_go(tmp_path, name, message):
    with pytest.raises(InputError, match=message):
        checked_video(tmp_path / name)


def test_what_is_said():
    seen = Watched(
        frames=50, seconds=2.0, looks=5, empty=1, stopped=True, lost=2, missing='early'
    )
    assert lines(seen, None, None) == [
        '50 frames, 25.0 frames per second',
        '  boxes looked for 5 times',
        '  nothing found in 1 frames',
        '  faces lost 2 times, and looked for again',
        '  early',
        '  stopped; what was done until then is kept',
    ]
