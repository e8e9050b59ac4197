import numpy as np
import pytest

from mmlandmark.evaluation.faces import photographs as module
from mmlandmark.evaluation.faces.photographs import CHANGES, photograph_rows
from mmlandmark.face.head_pose import mean_face

#: A face of 160 pixels upright in a picture of 200x240.
POINTS = mean_face()[:, :2] * (1, -1)
POINTS = (POINTS - POINTS.min(0)) / np.ptp(POINTS, axis=0).max() * 160 + (30, 40)


def picture():
    """A bright spot at the tip of the nose on gray."""
    image = np.full((240, 200, 3), 60, np.uint8)
    x, y = POINTS[30].round().astype(int)
    image[y - 1 : y + 2, x - 1 : x + 2] = 250
    return image


@pytest.mark.parametrize(
    'name', [name for name in CHANGES if name not in ('lower half covered', 'blurred')]
)
def test_the_points_move_with_the_picture(name):
    image, points, visible = CHANGES[name](picture(), POINTS, np.random.default_rng(0))
    assert visible.all()
    x, y = points[30]
    window = image[int(y) - 8 : int(y) + 9, int(x) - 8 : int(x) + 9, 0].astype(float)
    window[window < window.max() * 0.7] = 0
    rows, columns = np.nonzero(window)
    centre = np.array([columns.mean() + int(x) - 8, rows.mean() + int(y) - 8])
    assert np.abs(centre - (x, y)).max() < 1.2


def test_the_mask_hides_the_mouth_and_no_eye():
    image, _, visible = CHANGES['lower half covered'](
        picture(), POINTS, np.random.default_rng(0)
    )
    assert not visible[48:68].any()  # mouth
    assert not visible[3:14].any()  # jaw
    assert visible[17:27].all()  # eyebrows
    assert visible[36:48].all()  # eyes
    x, y = POINTS[57].round().astype(int)
    assert image[y, x].tolist() == [205, 215, 225]


def test_rows(monkeypatch):
    """A detector that is right to 3.25 %, or 10 %, or finds nothing."""
    across = np.linalg.norm(POINTS[45] - POINTS[36])
    monkeypatch.setattr(module, 'CHANGES', {'unchanged': CHANGES['unchanged']})
    near, far = POINTS.copy(), POINTS.copy()
    near[:, 0] += 0.0325 * across
    far[:, 1] += 0.1 * across
    answers = iter([[near, POINTS + 50], [far], []])
    (row,) = photograph_rows(lambda image: next(answers), [(picture(), POINTS)] * 3)
    expected = dict(change='unchanged', photographs=3, found=2, usable=33.3)
    assert row == dict(expected, NME=pytest.approx(6.62, abs=0.01))


def test_the_same_seed_gives_the_same_picture():
    change = CHANGES['gray, noise of SD 20']
    first, again, other = (
        change(picture(), POINTS, np.random.default_rng(seed))[0] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
