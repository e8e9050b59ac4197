import numpy as np
import pytest
import torch

from mmlandmark import FaceParser, InputError, LandmarkDetector, PartEnsemble
from mmlandmark.inference.parser import head_box
from mmlandmark.schemes.parts import LAPA11

pytest.importorskip('mmseg', reason='mmsegmentation, the extra parts, is not installed')


@pytest.fixture(scope='module')
def parsers(tmp_path_factory):
    """The three light networks with random weights."""
    from mmengine.registry import MODELS, DefaultScope

    from mmlandmark.engine.config import load_config

    folder = tmp_path_factory.mktemp('weights')
    found = []
    for name in ('unet', 'segnet', 'pspnet'):
        config = load_config(f'fasseg_{name}')
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = MODELS.build(config.model)
        torch.save(dict(state_dict=model.state_dict()), folder / f'{name}.pth')
        found.append(FaceParser(config, folder / f'{name}.pth', 'cpu'))
    return found


@pytest.fixture(scope='module')
def image():
    return np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)


def test_a_mask_of_the_images_size(parsers, image):
    for parser in parsers:
        mask = parser(image)
        assert (mask.labels.shape, mask.labels.dtype) == ((90, 70), np.uint8)
        assert mask.names[5] == 'eyes'
        assert mask.labels.max() < 6
    gray = parsers[0](image[..., 0])
    assert gray.labels.shape == (90, 70)


def test_probabilities(parsers, image):
    chances = parsers[0].probabilities(image)
    assert chances.shape == (6, 90, 70)
    assert chances.sum(axis=0) == pytest.approx(1, abs=1e-4)
    assert (parsers[0](image).labels == chances.argmax(axis=0)).all()


def test_background_around_the_head(parsers, image):
    points = np.array([[30, 40], [40, 50], [np.nan, 1]])
    x1, y1, x2, y2 = head_box(points, image.shape)
    # 0.25 of 10 to the sides, 0.75 above, 0.15 below; the last is not included
    assert (x1, y1, x2, y2) == (28, 32, 43, 53)
    chances = parsers[0].probabilities(image, points)
    inside = parsers[0].probabilities(image[y1:y2, x1:x2])
    assert (chances[:, y1:y2, x1:x2] == inside).all()
    chances[:, y1:y2, x1:x2] = 0
    assert chances.sum() == 90 * 70 - 15 * 21
    assert chances[1:].sum() == 0


@pytest.mark.parametrize(
    ('points', 'message'),
    [
        ([[np.nan, 1]], 'all landmarks are missing'),
        ([[500, 500], [510, 510]], 'outside the image'),
        ([], r'must be \(K, 2\) numbers'),
        ([1, 2, 3], r'must be \(K, 2\) numbers'),
        (np.zeros((5, 3)), r'must be \(K, 2\) numbers'),
        ('abc', r'must be \(K, 2\) numbers'),
    ],
)
def test_no_head(points, message):
    with pytest.raises(InputError, match=message):
        head_box(points, (90, 70))


def test_the_mean_of_three(parsers, image):
    mean = np.mean([parser.probabilities(image) for parser in parsers], axis=0)
    ensemble = PartEnsemble(parsers)
    assert ensemble.probabilities(image) == pytest.approx(mean, abs=1e-6)
    assert (ensemble(image).labels == mean.argmax(axis=0)).mean() > 0.999


def test_mistakes(parsers, image):
    with pytest.raises(InputError, match='use LandmarkDetector'):
        FaceParser('face_300w_unet', 'x.pth')
    with pytest.raises(InputError, match='predicts face parts: use FaceParser'):
        LandmarkDetector('fasseg_unet', 'x.pth')
    with pytest.raises(InputError, match='an image is'):
        parsers[0](image[None])
    with pytest.raises(InputError, match='parsers of the same parts, not of'):
        PartEnsemble([])
    with pytest.raises(InputError, match='needs FaceParser objects'):
        PartEnsemble(['fasseg6'])
    with pytest.raises(InputError, match="device 'cuda:77' cannot be used"):
        FaceParser('fasseg6', device='cuda:77')

    class Other:
        scheme = LAPA11

    with pytest.raises(InputError, match=r"\['fasseg6', 'lapa11'\]"):
        PartEnsemble([parsers[0], Other()])
