import drawn_faces
import numpy as np

from mmlandmark.schemes.parts import FASSEG6
from mmlandmark.visualization.parts import draw_parts, part_rows_picture, with_legend

GRAY = np.full((60, 50), 100, np.uint8)


def test_colours_over_the_picture():
    labels = drawn_faces.fasseg_labels()
    picture = draw_parts(GRAY, labels, FASSEG6, opacity=1.0)
    assert (picture[labels == 0] == 100).all()
    for label in range(1, 6):
        assert (picture[labels == label] == FASSEG6.colors[label][::-1]).all()
    half = draw_parts(GRAY, labels, FASSEG6)
    red = FASSEG6.colors[3][0]
    assert abs(int(half[labels == 3][0][2]) - (100 + red) / 2) <= 1


def test_the_legend_names_what_is_there():
    labels = np.zeros((60, 50), np.uint8)
    labels[10:20] = 3
    picture = draw_parts(GRAY, labels, FASSEG6)
    one = with_legend(picture, FASSEG6, labels, min_side=60)
    none = with_legend(picture, FASSEG6, np.zeros_like(labels), min_side=60)
    assert (one[:60, :50] == picture).all()
    assert one.shape[1] > none.shape[1]
    color = np.array(FASSEG6.colors[3][::-1])
    assert (one[:, 50:] == color).all(axis=-1).any()


def test_rows_under_titles():
    pictures = [np.full((20, 10, 3), value, np.uint8) for value in (50, 150)]
    sheet = part_rows_picture([pictures, pictures], ['a', 'b'], side=40)
    assert sheet.shape == (32 + 80, 80, 3)
    assert (sheet[40, 5] == 50).all()
    assert (sheet[40, 45] == 150).all()
    assert sheet[:32].max() > 200  # the titles
