"""A video as a user gives it: drawn frames, the smallest network, real codecs."""

import json
import re

import cv2
import numpy as np
import pytest
from tests_support import one_line_error, save_untrained

pytestmark = pytest.mark.slow

FRAMES = 7


@pytest.fixture(scope='module')
def clip(prepared, tmp_path_factory):
    """A drawn head that moves to the right by 4 pixels a frame."""
    path = tmp_path_factory.mktemp('video') / 'in.mp4'
    head = cv2.imread(str(next((prepared / 'images').iterdir())))
    code = cv2.VideoWriter.fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(path), code, 20.0, head.shape[1::-1])
    for step in range(FRAMES):
        writer.write(np.roll(head, 4 * step, axis=1))
    writer.release()
    return path


@pytest.fixture(scope='module')
def checkpoint(tiny_config, tmp_path_factory):
    return save_untrained(tiny_config, tmp_path_factory.mktemp('weights') / 'tiny.pth')


@pytest.fixture
def find(run_command, tiny_config, checkpoint):
    def run(video, *more):
        return run_command('video', video, '--config', tiny_config,
                           '--checkpoint', checkpoint, *more)  # fmt: skip

    return run


def pictures(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames, capture.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize('name', ['out.mp4', 'out.avi'])
def test_points_are_drawn_in_every_frame(find, clip, tmp_path, name):
    done = find(clip, '--out', tmp_path / name, '--results', tmp_path / 'p.jsonl')
    assert done.returncode == 0, done.stderr
    assert re.search(rf'{FRAMES} frames, [\d.]+ frames per second', done.stdout)
    frames, fps = pictures(tmp_path / name)
    assert (len(frames), fps) == (FRAMES, 20)
    green = [(frame[..., 1] > 200) & (frame[..., 0] < 150) for frame in frames]
    assert all(mask.sum() > 100 for mask in green)
    lines = [
        json.loads(line) for line in (tmp_path / 'p.jsonl').read_text().splitlines()
    ]
    assert [line['frame'] for line in lines] == list(range(FRAMES))
    assert [line['seconds'] for line in lines][:3] == [0, 0.05, 0.1]
    assert all(line['faces'] == [1] for line in lines)
    assert {path.name for path in tmp_path.iterdir()} == {name, 'p.jsonl'}


def test_the_filter_can_be_left_out(find, clip, tmp_path):
    tracks = []
    for flags in ((), ('--no-filter',)):
        out = tmp_path / f'{len(flags)}.jsonl'
        done = find(clip, '--results', out, '--frames', 3, *flags)
        assert '3 frames' in done.stdout, done.stderr
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        tracks.append(
            [[p['x'] for p in line['predictions'][0]['points']] for line in lines]
        )
    assert tracks[0][0] == tracks[1][0]  # the first frame is taken as it is
    assert tracks[0][2] != tracks[1][2]


@pytest.mark.parametrize('given', [('--video', '{}'), ('--video={}',)])
def test_the_inference_tool_takes_a_video(
    run_tool, tiny_config, checkpoint, clip, tmp_path, given
):
    out = tmp_path / 'p.jsonl'
    done = run_tool('inference', *(word.format(clip) for word in given), '--frames', 2,
                    '--config', tiny_config, '--checkpoint', checkpoint,
                    '--results', out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ('video', 'more', 'message'),
    [
        ('none.mp4', ('--out', 'out.mp4'), 'no video at'),
        ('text.mp4', ('--out', 'out.mp4'), 'is not a readable video'),
        (
            'empty.mp4',
            ('--out', 'out.mp4'),
            'is not a readable video, or has no frame',
        ),
        ('77', ('--out', 'out.mp4'), 'webcam 77 cannot be used'),
        ('in.mp4', ('--out', 'out.gif'), 'out.gif: a video is written as .mp4'),
        ('in.mp4', ('--out', 'none/out.mp4'), 'no folder'),
        ('in.mp4', ('--results', 'p.csv'), 'the points of a video are .jsonl'),
        ('in.mp4', (), 'give --out out.mp4, --results points.jsonl or --show'),
    ],
)
def test_mistakes(find, clip, tmp_path, video, more, message):
    (tmp_path / 'text.mp4').write_text('a letter')
    code = cv2.VideoWriter.fourcc(*'mp4v')
    cv2.VideoWriter(str(tmp_path / 'empty.mp4'), code, 20.0, (64, 64)).release()
    before = {path.name for path in tmp_path.iterdir()}
    source = video if video.isdecimal() else tmp_path / video
    if video == 'in.mp4':
        source = clip
    done = find(source, *more[:1], *(tmp_path / name for name in more[1:]))
    assert message in one_line_error(done)
    assert {path.name for path in tmp_path.iterdir()} == before
