"""Sources, writers and the loop between them; the tool is in tests/e2e/test_video.py."""

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.video import (
    Source,
    Watched,
    Writer,
    checked_video,
    lines,
    watch,
)


class Nothing:
    """A tracker that finds nothing, and is interrupted in a frame if asked to."""

    looks = 0
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
        writer.write(np.full((48, 64, 3), 20 * value, np.uint8))
    writer.close()
    return path


def test_frames_and_times_of_a_file(tmp_path):
    source = Source(str(clip(tmp_path / 'a.avi', 4)))
    frames, times = zip(*source, strict=True)
    assert times == pytest.approx((0, 0.1, 0.2, 0.3))
    assert [round(frame.mean() / 20) for frame in frames] == [0, 1, 2, 3]
    assert (source.count, source.fps, source.live) == (4, 10, False)
    source.close()


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
    seen = Watched(frames=50, seconds=2.0, looks=5, empty=1, stopped=True)
    assert lines(seen, None, None) == [
        '50 frames, 25.0 frames per second',
        '  boxes looked for 5 times',
        '  nothing found in 1 frames',
        '  stopped; what was done until then is kept',
    ]
