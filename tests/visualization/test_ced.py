import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmlandmark import InputError
from mmlandmark.visualization.ced import plot_ced
from mmlandmark.visualization.robustness import plot_robustness

NAN = np.nan


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are saved."""
    figures = []
    save = Figure.savefig

    def keep(figure, *args, **kwargs):
        figures.append(figure)
        save(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, 'savefig', keep)
    return figures


@pytest.mark.parametrize('name', ['$^$', r'$\frac{$', 'caf\udce9'])
def test_any_name_of_a_method_is_drawn(name, tmp_path):
    plot_ced({name: np.array([0.01, 0.02])}, tmp_path / 'ced.png', 0.08, 'eyes')
    assert (tmp_path / 'ced.png').is_file()
    row = {'study': 'blur', 'model': name, 'level': 1.0, 'AUC@0.07': 50.0}
    plot_robustness([row], tmp_path / 'robust.png')
    assert (tmp_path / 'robust.png').is_file()


def test_curves_say_what_they_are(drawn, tmp_path):
    curves = {
        'model': np.array([0.02, 0.12, NAN]),
        'mean training shape': np.array([0.09, np.inf]),
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


@pytest.mark.parametrize('threshold', [0, np.inf])
def test_thresholds_that_are_none(threshold, tmp_path):
    with pytest.raises(InputError, match='above 0 and finite'):
        plot_ced({'model': np.array([0.1])}, tmp_path / 'x.png', threshold, 'diagonal')


def test_a_name_is_no_mathematics(tmp_path):
    """Matplotlib takes what stands between two dollar signs for a formula."""
    plot_ced({'a$^$b caf\udce9': np.array([0.02])}, tmp_path / 'a.png', 0.1, 'box')
    assert (tmp_path / 'a.png').stat().st_size > 0
