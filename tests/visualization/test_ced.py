import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmlandmark.visualization.ced import CedCurve, plot_ced
from mmlandmark.visualization.robustness import plot_robustness

CURVE = CedCurve(np.array([0.01, 0.02]), np.array([0.5, 1.0]), 81.25, 0.0)


@pytest.fixture
def drawn(monkeypatch):
    """The saved figures."""
    figures = []
    save = Figure.savefig

    def keep(figure, *args, **kwargs):
        figures.append(figure)
        save(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, 'savefig', keep)
    return figures


@pytest.mark.parametrize('name', ['$^$', r'$\frac{$', 'caf\udce9'])
def test_any_name_of_a_method_is_plotted(name, tmp_path):
    plot_ced({name: CURVE}, tmp_path / 'ced.png', 0.08, 'eyes')
    assert (tmp_path / 'ced.png').is_file()
    row = {'study': 'blur', 'model': name, 'level': 1.0, 'AUC@0.07': 50.0}
    plot_robustness([row], tmp_path / 'robust.png')
    assert (tmp_path / 'robust.png').is_file()


def test_curves_and_their_labels(drawn, tmp_path):
    curves = {
        'model': CedCurve(np.array([0.02, 0.12]), np.array([0.5, 1.0]), 37.5, 50.0),
        'mean training shape': CedCurve(
            np.array([0.09, np.inf]), np.array([0.5, 1.0]), 0.0, 100.0
        ),
    }
    plot_ced(curves, tmp_path / 'ced.png', 0.08, 'interocular')
    assert cv2.imread(str(tmp_path / 'ced.png')) is not None
    (axis,), (legend,) = drawn[0].axes, drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == [
        'model: AUC@0.08 37.5, FR@0.08 50.0 %',
        'mean training shape: AUC@0.08 0.0, FR@0.08 100.0 %',
    ]
    assert axis.get_xlabel() == 'NME (interocular), %'
    assert axis.get_xlim() == (0, 8)
    model, floor = axis.lines
    np.testing.assert_allclose(model.get_xdata(), [0, 2, 8])
    np.testing.assert_allclose(model.get_ydata(), [0, 50, 50])
    np.testing.assert_allclose(floor.get_ydata(), [0, 0])


def test_dollar_signs_in_a_name_are_not_a_formula(tmp_path):
    plot_ced({'a$^$b caf\udce9': CURVE}, tmp_path / 'a.png', 0.1, 'box')
    assert (tmp_path / 'a.png').stat().st_size > 0
