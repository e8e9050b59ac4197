import numpy as np
import pytest

from mmlandmark.evaluation.face_parts import functional as parts

# two rows of four pixels; 255 is left out
TRUTH = np.array([[0, 0, 1, 1], [0, 255, 1, 2]])
PREDICTED = np.array([[0, 1, 1, 1], [0, 1, 0, 1]])
CONFUSION = np.array([[2, 1, 0], [1, 2, 0], [0, 1, 0]])


def test_confusion_matrix():
    found = parts.confusion_matrix(TRUTH, PREDICTED, 3)
    assert found.tolist() == CONFUSION.tolist()
    with pytest.raises(ValueError, match='do not match'):
        parts.confusion_matrix(TRUTH, PREDICTED[:1], 3)


@pytest.mark.parametrize(
    ('confusion', 'iou', 'f1', 'accuracy'),
    [
        # 0: 2 of 2+1+1; 1: 2 of 2+1+2; 2: none of 1
        (CONFUSION, [50, 40, 0], [200 / 3, 400 / 7, 0], 400 / 7),
        ([[3, 0], [0, 0]], [100, np.nan], [100, np.nan], 100),
        ([[0, 1], [0, 3]], [0, 75], [0, 600 / 7], 75),
        ([[0, 0], [0, 0]], [np.nan, np.nan], [np.nan, np.nan], np.nan),
    ],
)
def test_of_one_confusion_matrix(confusion, iou, f1, accuracy):
    confusion = np.array(confusion)
    np.testing.assert_allclose(parts.intersection_over_union(confusion), iou)
    np.testing.assert_allclose(parts.f1_scores(confusion), f1)
    np.testing.assert_allclose(parts.pixel_accuracy(confusion), accuracy)


def test_squared_error_of_probabilities():
    truth = np.array([[0, 1, 255]])
    chances = np.array([[[0.5, 0.2, 1.0]], [[0.5, 0.8, 0.0]]])
    # (0.5^2 + 0.5^2) + (0.2^2 + 0.2^2)
    assert parts.squared_error(truth, chances) == pytest.approx(0.58)


def test_means_leave_out_what_does_not_occur():
    confusion = np.zeros((4, 4), int)
    confusion[:3, :3] = CONFUSION
    found = parts.part_metrics(confusion, squared=7.0, pixels=7)
    assert found == {
        'mIoU': pytest.approx(30),  # 50, 40, 0; the fourth is nowhere
        'mIoU_parts': pytest.approx(20),
        'mF1_parts': pytest.approx(200 / 7),
        'accuracy': pytest.approx(400 / 7),
        'RMSE': pytest.approx(0.5),  # of 7 pixels and 4 parts
    }


def test_rows_of_parts():
    rows = parts.part_rows(CONFUSION, ['a', 'b', 'c'])
    assert [row['part'] for row in rows] == ['a', 'b', 'c']
    assert [row['% of pixels'] for row in rows] == pytest.approx(
        [300 / 7, 300 / 7, 100 / 7]
    )
    assert [row['IoU'] for row in rows] == pytest.approx([50, 40, 0])
