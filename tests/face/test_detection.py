import numpy as np
import pytest

from mmlandmark.face import detection as module
from mmlandmark.face.detection import NOISE, detect_faces, face_boxes, truth_box
from mmlandmark.face.finder import FaceFinder
from mmlandmark.formats import read_300w
from mmlandmark.io.load import load_image
from mmlandmark.structures.sample import LandmarkSample, ReadReport

POINTS = np.array([[30.0, 40.0], [np.nan, np.nan], [70.0, 20.0], [50.0, 140.0]])
TRUTH = [30, 20, 70, 140]
IMAGE = np.zeros((200, 100), np.uint8)


def boxes_of(kind, samples=None, seed=0):
    report = ReadReport()
    samples = samples or [LandmarkSample('a', IMAGE, POINTS)]
    return face_boxes(samples, kind, seed, report), report


def overlap(a, b):
    """Intersection over union, counted on a grid of quarter pixels."""
    x, y = np.meshgrid(np.arange(-50, 450, 0.25), np.arange(-50, 450, 0.25))
    inside = [(x > p) & (y > q) & (x < r) & (y < s) for p, q, r, s in (a, b)]
    return (inside[0] & inside[1]).sum() / (inside[0] | inside[1]).sum()


def test_the_true_box_is_that_of_the_known_points():
    np.testing.assert_array_equal(truth_box(POINTS), TRUTH)
    (box,), _ = boxes_of('ground_truth')
    np.testing.assert_array_equal(box, TRUTH)


def test_jittered_boxes_spread_by_the_documented_noise():
    samples = [LandmarkSample(str(i), IMAGE, POINTS) for i in range(4000)]
    boxes = np.array(boxes_of('jittered', samples)[0])
    sizes = boxes[:, 2:] - boxes[:, :2]
    np.testing.assert_allclose(sizes[:, 1] / sizes[:, 0], 120 / 40)  # keeps its shape
    logs = np.log(sizes[:, 0] / 40)
    shifts = ((boxes[:, :2] + boxes[:, 2:]) / 2 - (50, 80)) / (40, 120)
    for drawn in (logs, shifts[:, 0], shifts[:, 1]):
        # 4000 draws: 3 standard errors of the mean, 4 of the standard deviation
        assert abs(drawn.mean()) < 3 * NOISE / 4000**0.5
        assert drawn.std() == pytest.approx(NOISE, rel=4 / 8000**0.5)
    assert abs(np.corrcoef(np.column_stack([logs, shifts]).T)[0, 1:]).max() < 0.06


def test_noise_is_the_same_in_every_run():
    first, again, other = (boxes_of('jittered', seed=seed)[0][0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    ('kind', 'expected'), [('source', [1, 2, 33, 44]), ('image', [0, 0, 99, 199])]
)
def test_the_sources_box_and_the_image(kind, expected):
    sample = LandmarkSample('a', IMAGE, POINTS, box=(1, 2, 33, 44))
    np.testing.assert_array_equal(boxes_of(kind, [sample])[0][0], expected)


def test_without_a_box_the_source_means_the_image():
    np.testing.assert_array_equal(boxes_of('source')[0][0], [0, 0, 99, 199])


@pytest.mark.parametrize(
    ('found', 'expected', 'missed'),
    [
        ([[0, 0, 99, 199], [28, 22, 71, 137], [60, 0, 99, 60]], [28, 22, 71, 137], 0),
        ([[80, 0, 99, 19]], [0, 0, 99, 199], 1),
        (np.zeros((0, 4)), [0, 0, 99, 199], 1),
    ],
    ids=['nearest', 'another face', 'none'],
)
def test_the_detectors_box_is_the_one_at_the_face(monkeypatch, found, expected, missed):
    monkeypatch.setattr(module, 'detect_faces', lambda image: np.array(found, float))
    (box,), report = boxes_of('detected')
    np.testing.assert_array_equal(box, expected)
    assert sum(report.counts.values()) == missed
    assert all('did not find' in what for what in report.counts)


def test_overlap():
    a, b = np.array([0.0, 0, 10, 20]), np.array([5.0, 10, 15, 30])
    assert module.overlap(a, b) == pytest.approx(50 / 350)
    assert module.overlap(a, a) == 1
    assert module.overlap(a, a + 100) == 0


@pytest.fixture(params=['haar', 'yunet'])
def finder(request, monkeypatch):
    """Both detectors, as the data sets use them."""
    path = request.getfixturevalue('yunet') if request.param == 'yunet' else 'haar'
    monkeypatch.setattr(module, 'FaceFinder', lambda fetch: FaceFinder(str(path)))


@pytest.fixture(scope='module')
def real_faces(faces_300w):
    return read_300w(faces_300w / 'lfpw' / 'testset')[:16]


@pytest.mark.usefixtures('finder')
def test_real_faces_are_found_where_they_are(real_faces):
    boxes, report = boxes_of('detected', real_faces)
    assert sum(report.counts.values()) <= 3
    overlaps = [
        overlap(box, truth_box(s.points))
        for box, s in zip(boxes, real_faces, strict=True)
    ]
    assert np.median(overlaps) > 0.7


@pytest.mark.usefixtures('finder')
def test_two_faces_come_largest_first_and_gray_as_colour(real_faces):
    large = load_image(next(s.image for s in real_faces if len(detect(s)) == 1)).pixels
    frame = np.full((large.shape[0], large.shape[1] * 3 // 2, 3), 128, np.uint8)
    small = large[::2, ::2]
    frame[: small.shape[0], : small.shape[1]] = small
    frame[:, small.shape[1] :] = large[:, : frame.shape[1] - small.shape[1]]
    boxes = detect_faces(frame)
    assert len(boxes) == 2
    assert boxes[0, 0] > boxes[1, 2]  # the large one stands right of the small one
    widths = boxes[:, 2] - boxes[:, 0]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.2)
    gray = np.dot(frame, [0.299, 0.587, 0.114]).round().astype(np.uint8)
    np.testing.assert_allclose(detect_faces(gray), boxes, atol=6)


def detect(sample):
    return detect_faces(load_image(sample.image).pixels)
