import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from mmlandmark import InputError
from mmlandmark.visualization import curves
from mmlandmark.visualization.curves import (
    larger_is_better,
    plot_curves,
    plot_reliability,
    plot_runs,
    read_scalars,
)
from mmlandmark.visualization.overlay import (
    LOW_CONFIDENCE,
    PREDICTED,
    TRUE,
    contact_sheet,
    draw_points,
)


def near(picture, color, x, y, reach):
    """Whether a pixel of about this colour is within reach of x, y."""
    patch = picture[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(int)
    return (np.abs(patch - color).max(axis=2) < 40).any()


def test_points_are_drawn_where_they_are():
    image = np.zeros((100, 100), np.uint8)
    points = np.array([[20.0, 30.0], [np.nan, np.nan]])
    truth = np.array([[70.0, 60.0], [np.nan, np.nan]])
    picture = draw_points(image, points, ['S', 'N'], [(0, 1)], truth, min_side=400)
    assert picture.shape == (400, 400, 3)
    # enlarged four times: pixel centre 20 goes to (20 + 0.5) * 4 - 0.5 = 81.5
    assert near(picture, PREDICTED, 82, 122, 1)
    assert near(picture, TRUE, 282, 242, 2)
    assert not near(picture, PREDICTED, 282, 242, 2)
    assert image.max() == 0  # drawn on a copy


def test_points_of_low_confidence_have_rings():
    image = np.zeros((200, 200), np.uint8)
    points = np.array([[50.0, 60.0], [150.0, 60.0], [np.nan, np.nan]])
    rings = np.array([20.0, np.nan, 20.0])
    picture = draw_points(image, points, rings=rings, min_side=800)
    # enlarged four times: centre 50 goes to 201.5, radius 20 to 80
    for x, y in ((202 + 80, 242), (202 - 80, 242), (202, 242 + 80)):
        assert near(picture, LOW_CONFIDENCE, x, y, 1)
    assert near(picture, PREDICTED, 202, 242, 1)
    assert not near(picture, LOW_CONFIDENCE, 602, 242, 100)
    assert near(picture, LOW_CONFIDENCE, 100, 785, 20)  # the line that says so
    plain = draw_points(image, points, rings=np.full(3, np.nan), min_side=800)
    np.testing.assert_array_equal(plain, draw_points(image, points, min_side=800))


def test_large_images_keep_their_size_and_labels_stay_inside():
    picture = draw_points(
        np.zeros((900, 1200, 3), np.uint8), np.array([[1199, 0]]), ['Gn']
    )
    assert picture.shape == (900, 1200, 3)
    assert (picture == 255).all(axis=2).any()  # the label is white


def test_contact_sheet():
    pictures = [np.full((50, 100, 3), value, np.uint8) for value in (10, 20, 30)]
    sheet = contact_sheet(pictures, columns=2, side=40)
    assert sheet.shape == (80, 80, 3)
    assert (sheet[0, 0, 0], sheet[0, 40, 0], sheet[40, 0, 0]) == (10, 20, 30)


def write_run(folder, name, rows, tail=''):
    path = folder / name / 'vis_data'
    path.mkdir(parents=True)
    text = '\n'.join(json.dumps(row) for row in rows) + '\n' + tail
    (path / 'scalars.json').write_text(text)


@pytest.fixture
def run(tmp_path):
    """A run killed in its third epoch and resumed from the second."""
    first = [dict(epoch=e, step=10 * e, loss=1.0 / e, lr=1) for e in (1, 2, 3)]
    first.insert(1, {'ceph/MRE_px': 9.0, 'step': 1})
    write_run(tmp_path, '20260101_000000', first, tail='{"epoch": 4, "lo')
    second = [
        dict(epoch=3, step=30, loss=0.1, lr=1),
        {'ceph/MRE_px': 4.0, 'ceph/SDR@2.0px': 50.0, 'step': 3},
    ]
    write_run(tmp_path, '20260101_010000', second)
    return tmp_path


def test_a_resumed_run_is_one_curve(run):
    train, val = read_scalars(run)
    assert [row['loss'] for row in train] == [1.0, 0.5, 0.1]
    assert [row['ceph/MRE_px'] for row in val] == [9.0, 4.0]


def test_curves_are_drawn(run):
    assert plot_curves(run, run / 'curves.png') == 'ceph/MRE_px'
    assert (run / 'curves.png').stat().st_size > 10_000
    assert plot_curves(run, run / 'sdr.png', 'ceph/SDR@2.0px') == 'ceph/SDR@2.0px'


@pytest.mark.parametrize(
    ('losses', 'scale'),
    [([5, 4], 'linear'), ([50, 1], 'log'), ([50, 0], 'linear'), ([], 'linear')],
)
def test_a_loss_that_falls_far_is_drawn_on_a_logarithmic_axis(losses, scale):
    axis = Figure().add_subplot()
    rows = [dict(epoch=e, step=e, loss=loss) for e, loss in enumerate(losses, 1)]
    curves._draw_loss(axis, rows)
    assert axis.get_yscale() == scale


def test_which_metrics_are_better_when_larger():
    for metric in ('ceph/SDR@2.0px', 'face/AUC@0.08_box_sqrt', 'accuracy@3px_of_256'):
        assert larger_is_better(metric)
    for metric in ('ceph/MRE_px', 'face/NME_interocular', 'FR@0.08', 'face/MSE_px2'):
        assert not larger_is_better(metric)


@pytest.fixture
def faces(tmp_path_factory):
    """A run that measures faces."""
    folder = tmp_path_factory.mktemp('faces')
    rows = [dict(epoch=e, step=20 * e, loss=50.0 / e, lr=1) for e in (1, 2, 3, 4)]
    for epoch, nme in ((2, 30.0), (4, 8.0)):
        keys = ('face/NME_box_sqrt', 'face/NME_interocular', 'face/MSE_px2')
        rows.append(dict.fromkeys(keys, nme) | {'step': epoch})
    write_run(folder, '20260101_000000', rows)
    return folder


def test_curves_of_faces(faces):
    assert plot_curves(faces, faces / 'curves.png') == 'face/NME_interocular'
    out = faces / 'mse.png'
    assert plot_curves(faces, out, 'face/MSE_px2') == 'face/MSE_px2'


def test_curves_of_several_runs(run, faces, tmp_path):
    out = tmp_path / 'runs.png'
    names = {'$^$': faces, 'other': faces}
    assert plot_runs(names, out) == 'face/NME_interocular'
    assert out.stat().st_size > 10_000
    assert plot_runs(dict(one=faces, other=run), out) == ''  # none in common
    with pytest.raises(InputError, match='no metric face/MSE_px2 in other'):
        plot_runs(dict(one=faces, other=run), out, 'face/MSE_px2')


def test_reliability_is_drawn(tmp_path):
    rows = [
        dict(n=50, expected=1.0, observed=1.2), dict(n=50, expected=3.0, observed=2.5),
    ]  # fmt: skip
    report = dict(unit='mm', miscalibration=0.35, rank_correlation=0.5, bins=rows)
    plot_reliability(report, tmp_path / 'reliability.png')
    assert (tmp_path / 'reliability.png').stat().st_size > 10_000


def test_nothing_to_draw(run, tmp_path_factory):
    with pytest.raises(InputError, match='no training run'):
        read_scalars(tmp_path_factory.mktemp('empty'))
    with pytest.raises(InputError, match='no metric ceph/NME'):
        plot_curves(run, run / 'x.png', 'ceph/NME')


@pytest.mark.parametrize(('count', 'drawn'), [(40, True), (41, False)])
def test_many_labels_are_left_out(count, drawn):
    image = np.zeros((800, 800), np.uint8)
    points = np.full((count, 2), 400.0)
    plain = draw_points(image, points)
    labelled = draw_points(image, points, ['Go'] * count)
    assert np.any(plain != labelled) == drawn
