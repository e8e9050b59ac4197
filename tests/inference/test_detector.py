from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tests_support import save_untrained

import mmlandmark.inference.detector as module
from mmlandmark import InputError, LandmarkDetector, PixelSpacing
from mmlandmark.engine.config import load_config
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.calibration_file import write_calibration
from mmlandmark.inference.model import prediction_of
from mmlandmark.inference.turned import BoxInPicture
from mmlandmark.schemes import PHOTO19
from mmlandmark.structures.loaded_image import LoadedImage
from mmlandmark.structures.prediction import Prediction


@pytest.fixture(scope='module')
def checkpoint(tiny_config, tmp_path_factory):
    return save_untrained(
        tiny_config, tmp_path_factory.mktemp('checkpoint') / 'tiny.pth'
    )


@pytest.fixture(scope='module')
def detector(tiny_config, checkpoint):
    return LandmarkDetector(tiny_config, checkpoint, device='cpu')


@pytest.fixture(scope='module')
def image():
    return np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)


def test_whole_image_is_the_default_box(detector, image):
    (prediction,) = detector(image, spacing=(0.1, 0.1))
    assert prediction.points.shape == (19, 2)
    assert prediction.scores.shape == (19,)
    assert prediction.names[0] == 'sella'
    assert prediction.spacing == PixelSpacing.square(0.1)
    assert prediction.box == (0, 0, 119, 89)
    (same,) = detector(image, boxes=[[0, 0, 119, 89]])
    np.testing.assert_allclose(same.points, prediction.points)


def test_paths_arrays_and_gray_agree(detector, image, tmp_path):
    gray = image[..., 0]
    Image.fromarray(gray).save(tmp_path / 'a.png')
    Image.fromarray(image).save(tmp_path / 'c.png')
    as_array = detector(gray)[0].points
    np.testing.assert_allclose(detector(tmp_path / 'a.png')[0].points, as_array)
    np.testing.assert_allclose(detector(str(tmp_path / 'a.png'))[0].points, as_array)
    np.testing.assert_allclose(detector(np.stack([gray] * 3, 2))[0].points, as_array)
    in_colour = detector(image)[0].points
    np.testing.assert_allclose(detector(tmp_path / 'c.png')[0].points, in_colour)


def test_boxes_move_with_the_picture(detector, image):
    """The same pixels in a larger frame give the same points, shifted."""
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[40:130, 60:180] = image
    (alone,) = detector(image)
    # two boxes at once: the points of each come back in its own place
    both = detector(frame, boxes=[[60, 40, 179, 129], [0, 0, 299, 199]])
    assert len(both) == 2
    np.testing.assert_allclose(both[0].points, np.add(alone.points, (60, 40)), atol=2)
    assert detector(frame, boxes=np.zeros((0, 4))) == []


@pytest.fixture(scope='module')
def of_faces(tiny_config, checkpoint):
    """The same model with face detection."""
    config = load_config(tiny_config, dict(find_boxes='face'))
    return LandmarkDetector(config, checkpoint, device='cpu')


@pytest.mark.parametrize(
    ('size', 'box_side', 'factor', 'reduced'),
    [
        ((1935, 2400), 2400, 2, (967, 1200)),  # of an input of 864 pixels
        ((1935, 2592), 2592, 3, (645, 864)),
        ((1500, 1727), 1727, 1, (1500, 1727)),
        ((1935, 2400), 863, 1, (1935, 2400)),  # a box smaller than the input
        ((3, 2400), 2400, 2, (1, 1200)),
        ((1, 2400), 2400, 1, (1, 2400)),
    ],
)
def test_a_large_picture_is_reduced_by_a_whole_factor(size, box_side, factor, reduced):
    picture = np.zeros(size[::-1], np.uint8)
    # the means of the first and the last whole block
    picture[:factor, :factor] = 90
    y, x = ((side // factor - 1) * factor for side in picture.shape)
    picture[y : y + factor, x : x + factor] = 60
    boxes = np.array([[0, 0, min(size[0], box_side) - 1, box_side - 1]])
    bgr, scale = module._shrink(picture, boxes, 864)
    assert bgr.shape == (*reduced[::-1], 3)
    np.testing.assert_array_equal(scale, 1 / factor)
    assert bgr[-1, -1].tolist() == [60] * 3
    assert bgr[0, 0].tolist() == [90] * 3


def test_no_face_no_prediction(of_faces, image):
    assert of_faces(image) == []
    assert of_faces(image[..., 0]) == []
    assert len(of_faces(np.zeros((40, 40), np.uint8), boxes=[[0, 0, 39, 39]])) == 1


def test_given_boxes_are_taken_as_they_are(of_faces, detector, image):
    boxes = [[10, 5, 80, 70], [0, 0, 119, 89]]
    found, expected = of_faces(image, boxes=boxes), detector(image, boxes=boxes)
    assert [p.box for p in found] == [tuple(map(float, box)) for box in boxes]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.points, other.points)
    assert of_faces(image, boxes=[]) == []


def test_every_face_found_is_predicted(
    tiny_config, checkpoint, detector, image, monkeypatch, tmp_path
):
    seen = []
    boxes = np.array([[10.0, 5, 80, 70], [60, 40, 100, 88]])

    def faces(picture):
        seen.append(picture)
        return boxes

    monkeypatch.setattr(module.FaceFinder, '__call__', lambda self, image: faces(image))
    config = load_config(tiny_config, dict(find_boxes='face'))
    of_faces = LandmarkDetector(config, checkpoint, device='cpu')
    Image.fromarray(image).save(tmp_path / 'a.png')
    found = of_faces(tmp_path / 'a.png')
    np.testing.assert_array_equal(seen, [image])  # RGB, once
    assert [p.box for p in found] == [tuple(box) for box in boxes]
    for one, other in zip(found, detector(image, boxes=boxes), strict=True):
        np.testing.assert_allclose(one.points, other.points)


def test_a_list_is_a_list_of_results(detector, image, tmp_path, monkeypatch):
    batches = []

    def mean_of_each(tasks):
        """Every point is the mean of the picture, which identifies it."""
        batches.append(len(tasks))
        return [
            prediction_of(
                detector._model, box, np.full((19, 2), bgr.mean()), np.ones(19), 1.0
            )
            for bgr, box in tasks
        ]

    monkeypatch.setattr(detector._model, 'find', mean_of_each)
    Image.fromarray(image).save(tmp_path / 'a.png')
    narrow = image[:, :100] // 2
    images = [image, narrow, tmp_path / 'a.png', Image.fromarray(image)] * 3
    found = detector(images)
    assert batches == [8, 4]
    assert [len(one) for one in found] == [1] * 12
    for number, (one,) in enumerate(found):
        expected = narrow if number % 4 == 1 else image
        np.testing.assert_allclose(one.points, expected.mean())
        assert one.size == expected.shape[1::-1]
    boxes = [[[0, 0, 119, 89], [10, 5, 80, 70]], [], None]
    assert [len(one) for one in detector(images[:3], boxes)] == [2, 0, 1]
    assert detector([]) == []
    with pytest.raises(
        InputError, match='3 images need as many entries of boxes, not 2'
    ):
        detector(images[:3], boxes[:2])
    with pytest.raises(InputError, match=r'no image at none\.png'):
        detector([image, 'none.png'])


def test_points_of_a_turned_file_are_where_it_is_displayed(detector, image, tmp_path):
    turned = Image.fromarray(np.rot90(image))  # a quarter to the left
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    turned.save(tmp_path / 'a.png', exif=exif)
    (found,) = detector(tmp_path / 'a.png')
    np.testing.assert_allclose(found.points, detector(image)[0].points)
    assert found.size == (120, 90)


def test_spacing_of_a_file_or_of_the_user(detector, image, tmp_path):
    itk = pytest.importorskip('SimpleITK')
    radiograph = itk.GetImageFromArray(np.ascontiguousarray(image[..., 0]))
    radiograph.SetSpacing((0.2, 0.1))
    itk.WriteImage(radiograph, str(tmp_path / 'a.mha'))
    (found,) = detector(tmp_path / 'a.mha')
    assert found.spacing.pair == pytest.approx((0.1, 0.2))
    assert found.spacing.source == 'ElementSpacing'
    (found,) = detector(tmp_path / 'a.mha', spacing=(0.3, 0.3))
    assert found.spacing == PixelSpacing(0.3, 0.3, 'given')
    assert detector(image)[0].spacing is None


def test_prediction_as_plain_values(detector, image):
    import json

    values = json.loads(json.dumps(detector(image)[0].to_dict()))
    assert len(values['points']) == 19
    assert values['points'][0].keys() == {'name', 'label', 'x', 'y', 'score'}
    assert values['spacing'] is None


def test_expected_errors_of_a_calibrated_model(
    detector, tiny_config, checkpoint, image, tmp_path
):
    assert detector(image)[0].expected_errors is None
    copied = tmp_path / 'tiny.pth'
    copied.write_bytes(checkpoint.read_bytes())
    # every point is expected to be two pixels of the input off, the first one four
    factors = {name: 2.0 if i == 0 else 1.0 for i, name in enumerate(PHOTO19.points)}
    write_calibration(copied, Calibration(2.0, 0.0, 0.0, factors, 1.0), 'val.json', 30)
    calibrated = LandmarkDetector(tiny_config, copied, device='cpu')
    # 64 pixels see the 120, or 1200, of the longer side
    for picture, pixel in ((image, 120 / 64), (np.tile(image, (10, 10, 1)), 1200 / 64)):
        (found,) = calibrated(picture)
        expected = np.array([4, *[2] * 18]) * pixel
        np.testing.assert_allclose(found.expected_errors, expected, rtol=0.02)
        assert found.median_expected_error == pytest.approx(pixel, rel=0.02)


@pytest.mark.parametrize(
    ('errors', 'flags'), [(np.ones(4), (None, None, True, True)), (None, None)]
)
def test_points_outside_of_the_image_are_of_low_confidence(errors, flags):
    # a pixel extends half a pixel from its centre
    points = np.array([[0, 0], [119.4, 89.4], [119.6, 50], [60, -0.6]])
    found = Prediction(
        points,
        np.ones(4),
        tuple('abcd'),
        box=(0, 0, 119, 89),
        expected_errors=errors,
        median_expected_error=1.0,
    )
    box = np.array([0, 0, 119, 89], np.float32)
    pixels = np.zeros((90, 120, 3), np.uint8)
    place = module._Place(0, LoadedImage(pixels), box, np.nan, {64: np.ones(2)})
    model = SimpleNamespace(input_side=64, source=dict(name='fake'))
    placed = module._placed(model, found, BoxInPicture(pixels, box), place)
    assert placed.flags == flags
    np.testing.assert_allclose(placed.points, points)


@pytest.mark.parametrize(
    ('argument', 'message'),
    [
        ('none.jpg', 'no image at none.jpg'),
        (np.zeros((0, 4, 3), np.uint8), 'an image is'),
        (np.zeros((4, 4, 2), np.uint8), 'an image is'),
        (np.zeros(4), 'an image is'),
    ],
)
def test_bad_images(detector, argument, message):
    with pytest.raises(InputError, match=message):
        detector(argument)


@pytest.mark.parametrize(
    ('boxes', 'message'),
    [
        ([[1, 2, 3]], r'boxes must be \(N, 4\)'),
        ('abcd', r'boxes must be \(N, 4\)'),
        ([[50, 50, 10, 60]], 'is empty or outside the image of'),
        ([[50, 50, 50, 50]], 'is empty or outside'),
        ([[0, 0, float('inf'), 9]], 'is empty or outside'),
        ([[0, 0, 9, float('nan')]], 'is empty or outside'),
        ([[5000, 0, 5100, 9]], 'is empty or outside'),
        ([[-9, -9, -1, -1]], 'is empty or outside'),
    ],
)
def test_bad_boxes(detector, image, boxes, message):
    with pytest.raises(InputError, match=message):
        detector(image, boxes=boxes)


@pytest.mark.parametrize(
    'spacing', [0, True, 'x', (0.1,), (-1, 1), (float('nan'), 0.1), (0.0, 0.0)]
)
def test_bad_spacing(detector, image, spacing):
    with pytest.raises(InputError, match='is not two positive numbers'):
        detector(image, spacing=spacing)


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        (np.array([0.2, 0.1]), PixelSpacing(0.2, 0.1, 'given')),
        (0.1, PixelSpacing(0.1, 0.1, 'given')),
        (PixelSpacing(0.2, 0.1, 'a ruler'), PixelSpacing(0.2, 0.1, 'a ruler')),
    ],
)
def test_a_spacing_in_any_form(detector, image, given, expected):
    (found,) = detector(image, spacing=given)
    assert found.spacing == expected


@pytest.mark.parametrize('name', [None, 5])
def test_a_model_is_a_name_or_a_path(name):
    with pytest.raises(InputError, match='is a name or a path, not'):
        LandmarkDetector(name)


def test_a_parser_is_no_detector(capsys):
    with pytest.raises(InputError, match='fasseg6 predicts face parts: use FaceParser'):
        LandmarkDetector('fasseg6')
    assert not capsys.readouterr().err


def test_bad_names_and_checkpoints(tiny_config, checkpoint):
    with pytest.raises(
        InputError, match=r"no config or detector 'ceph99': did you mean ceph19"
    ):
        LandmarkDetector('ceph99')
    with pytest.raises(InputError, match='no checkpoint at'):
        LandmarkDetector('ceph_hrnetv2', 'none.pth')
    with pytest.raises(InputError, match='checkpoint of another model'):
        LandmarkDetector('ceph_hrnetv2', checkpoint)
