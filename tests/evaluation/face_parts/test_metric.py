import csv

import numpy as np
import pytest
import torch

from mmlandmark import InputError
from mmlandmark.evaluation import PartOverlap
from mmlandmark.evaluation.face_parts.functional import intersection_over_union
from mmlandmark.evaluation.face_parts.occlusion import listed_rows

TRUTH = np.array([[0, 0, 1, 1], [0, 0, 1, 255]])


def sample(name, truth, predicted):
    """A data sample whose probabilities are nearly one."""
    logits = torch.nn.functional.one_hot(torch.tensor(predicted), 2).permute(2, 0, 1)
    return dict(
        sample_id=name,
        gt_sem_seg=dict(data=torch.tensor(truth)[None]),
        seg_logits=dict(data=50.0 * logits),
    )


@pytest.fixture
def metric():
    found = PartOverlap()
    found.dataset_meta = dict(classes=('background', 'skin'))
    return found


def test_one_matrix_over_all_photographs(metric):
    wrong = np.array([[0, 1, 1, 1], [0, 0, 1, 1]])
    metric.process({}, [sample('a', TRUTH, TRUTH % 255), sample('b', TRUTH, wrong)])
    found = metric.evaluate(2)
    # skin: 6 right, 1 too many; background: 7 right, 1 missed
    assert found['parts/mIoU'] == pytest.approx(100 * (7 / 8 + 6 / 7) / 2)
    assert found['parts/mIoU_parts'] == pytest.approx(100 * 6 / 7)
    assert found['parts/mF1_parts'] == pytest.approx(100 * 12 / 13)
    assert found['parts/accuracy'] == pytest.approx(100 * 13 / 14)
    # one of 14 pixels is wrong with a probability near 1, in both parts
    assert found['parts/RMSE'] == pytest.approx((2 / 28) ** 0.5, rel=1e-3)
    each = [intersection_over_union(c).tolist() for c in metric.errors.confusion]
    assert np.nanmean(each, axis=1) == pytest.approx([100, 75])
    assert metric.errors.conditions() == {'grid': 'original pixels'}


def test_another_grid():
    metric = PartOverlap(grid=(2, 1))
    metric.dataset_meta = dict(classes=('background', 'skin'))
    metric.process({}, [sample('a', TRUTH % 255, TRUTH % 255)])
    assert metric.evaluate(1)['parts/accuracy'] == 100
    assert metric.errors.confusion.sum() == 2
    assert metric.errors.grid == '2x1 pixels'
    with pytest.raises(InputError, match='a grid is'):
        PartOverlap(grid=(0, 5))


def test_what_is_written_of_each_photograph(metric, tmp_path):
    metric.process({}, [sample('a', TRUTH, np.zeros_like(TRUTH))])
    metric.evaluate(1)
    metric.errors.write_csv(tmp_path / 'errors.csv')
    with (tmp_path / 'errors.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == dict(
        id='a', part='skin', true='3', predicted='0', both='0', IoU='0.00'
    )
    assert rows[0]['IoU'] == '57.14'  # 4 of 7


def test_listed_photographs_beside_the_others(metric, tmp_path):
    wrong = np.array([[0, 1, 1, 1], [0, 0, 1, 1]])
    metric.process({}, [sample('a', TRUTH, TRUTH % 255), sample('b', TRUTH, wrong)])
    metric.evaluate(2)
    path = tmp_path / 'glasses.txt'
    path.write_text('b\n\n')
    others, listed, drop = listed_rows(metric.errors, path)
    assert others['mIoU'] == 100
    assert listed['mIoU'] == pytest.approx(75)
    assert drop['mIoU'] == pytest.approx(-25)
    assert (others[''], listed['']) == ('1 not in glasses.txt', '1 in glasses.txt')
    for text, message in (('c', "lists 'c', which"), ('a\nb', 'lists 2 of 2')):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            listed_rows(metric.errors, path)
