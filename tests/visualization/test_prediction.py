import numpy as np

from mmlandmark import Prediction, draw_prediction


def prediction(**known):
    points = np.array([[1.0, 2], [3, 4], [5, 6]])
    return Prediction(points, np.ones(3), ('sella', 'nasion', 'porion'), **known)


def test_points_are_drawn_in_red_green_and_blue():
    image = np.zeros((900, 900), np.uint8)
    drawn = draw_prediction(image, prediction())
    assert drawn.shape == (900, 900, 3)
    assert drawn[2, 1].tolist() == [80, 255, 80]
    assert not image.any()
    # 12 and 20 pixels are more than twice the median, 5: amber, as RGB
    errors = dict(expected_errors=np.array([1.0, 12, 20]), median_expected_error=5.0)
    ringed = draw_prediction(image, [prediction(**errors)]).reshape(-1, 3)
    assert ((ringed == (255, 190, 0)).all(axis=1)).any()
