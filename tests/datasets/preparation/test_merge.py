"""Prepared sets together: a point that a set does not have is missing, never wrong."""

import json

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from PIL import Image
from prepared_samples import read, sample

from mmlandmark import InputError
from mmlandmark.datasets.preparation.merge import merge, merged_scheme
from mmlandmark.datasets.preparation.prepare import SEVERAL_HEADS, write_dataset
from mmlandmark.engine.config import load_config
from mmlandmark.schemes import AARIZ29, CLDETECTION38, ISBI19, PHOTO19, Scheme
from mmlandmark.structures.sample import ReadReport

FIRST = Scheme('first', ('Sella', 'Nasion', 'ANS'), ('S', 'N', 'ANS'), (), ((0, 1),))
SECOND = Scheme('second', ('N', 'Gonion', 'S'), ('N', 'Go', 'S'), (), ((0, 1), (0, 2)))


@pytest.fixture
def folders(tmp_path):
    """One image each, of three points of which two are the same."""
    rows = {
        'a': (FIRST, [(1, 2), (3, 4), (5, 6)]),
        'b': (SECOND, [(7, 8), (9, 10), (11, 12)]),
    }
    for name, (scheme, points) in rows.items():
        views = dict(one=np.array(points, float))
        hidden = np.array([True, False, False])
        one = sample(points=points, occluded=hidden, extra=dict(annotators=views))
        test = sample('y', points=points, split='test1')
        write_dataset([one, test], scheme, tmp_path / name, ReadReport())
    return [tmp_path / 'a', tmp_path / 'b']


def merged(folders, points):
    report = ReadReport()
    samples, scheme = merge(folders, points, 'both', report)
    return {s.id: s for s in samples if s.split == 'train'}, scheme, report


def test_shared_points(folders):
    samples, scheme, report = merged(folders, 'shared')
    assert scheme.points == ('Sella', 'Nasion')
    assert scheme.skeleton == ((0, 1),)
    assert samples['a_x'].points.tolist() == [[1, 2], [3, 4]]
    assert samples['b_x'].points.tolist() == [[11, 12], [7, 8]]
    assert samples['a_x'].occluded.tolist() == [True, False]
    assert samples['b_x'].occluded.tolist() == [False, True]
    assert not report.counts


def test_all_points(folders):
    samples, scheme, report = merged(folders, 'all')
    assert scheme.points == ('Sella', 'Nasion', 'ANS', 'Gonion')
    assert scheme.skeleton == ((0, 1), (1, 3))
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(samples['a_x'].points, [[1, 2], [3, 4], [5, 6], nan])
    expected = [[11, 12], [7, 8], nan, [9, 10]]
    np.testing.assert_array_equal(samples['b_x'].points, expected)
    np.testing.assert_array_equal(samples['b_x'].extra['annotators']['one'], expected)
    assert report.counts == {
        'points that a does not have: missing in it': 2,
        'points that b does not have: missing in it': 2,
    }


def test_parts_and_patients_stay_apart(folders):
    samples, _ = merge(folders, 'all', 'both', ReadReport())
    assert sorted((s.subject, s.split) for s in samples) == [
        ('a/x', 'train'), ('a/y', 'test1'), ('b/x', 'train'), ('b/y', 'test1')
    ]  # fmt: skip


def test_the_number_of_heads_in_an_image_is_kept(tmp_path, folders):
    """Without it, KeypointDataset does not warn that box=image crops them alike."""
    path = tmp_path / 'two.png'
    Image.new('L', (40, 30), 9).save(path)
    heads = [sample(i, points=[(1, 2), (3, 4), (5, 6)], image=path) for i in 'pq']
    write_dataset(heads, FIRST, tmp_path / 'two', ReadReport())
    report = ReadReport()
    samples, scheme = merge([tmp_path / 'two', *folders], 'all', 'both', report)
    summary = write_dataset(samples, scheme, tmp_path / 'both', report)
    images = read(tmp_path / 'both')['images']
    assert [image.get('heads') for image in images] == [2, 2, None, None]
    assert summary['counts'][SEVERAL_HEADS] == 2


@pytest.mark.parametrize(
    ('schemes', 'shared', 'all_'),
    [((ISBI19, AARIZ29), 19, 29), ((ISBI19, PHOTO19), 15, 23),
     ((ISBI19, CLDETECTION38), 19, 38), ((ISBI19, AARIZ29, PHOTO19), 15, 29)],
)  # fmt: skip
def test_numbers_of_points_of_the_known_schemes(schemes, shared, all_):
    """Aariz has all points of ISBI 2015, and the photographs 15 of them."""
    assert len(merged_scheme(list(schemes), True, 'x')[0]) == shared
    assert len(merged_scheme(list(schemes), False, 'x')[0]) == all_


def test_numbered_points_are_not_matched():
    one, other = (
        Scheme(name, ('point 1', *more), ('1', *more))
        for name, more in (('one', ('a',)), ('other', ('b',)))
    )
    with pytest.raises(InputError, match="both have 'point 1', which is no name"):
        merged_scheme([one, other], True, 'x')
    assert len(merged_scheme([one, one], True, 'x')[0]) == 2


def test_nothing_in_common():
    with pytest.raises(InputError, match='p and q share no point'):
        merged_scheme(
            [Scheme('p', ('a',), ('a',)), Scheme('q', ('b',), ('b',))], True, ''
        )


def test_a_folder_that_is_not_prepared(tmp_path, folders):
    with pytest.raises(InputError, match='is not a prepared data set'):
        merge([folders[0], tmp_path], 'all', 'x', ReadReport())
    with pytest.raises(InputError, match='two or more folders'):
        merge(folders[:1], 'all', 'x', ReadReport())


def test_the_command(tmp_path, folders, run_command):
    out = tmp_path / 'both'
    done = run_command('merge', *folders, '--points', 'all', '--out', out)
    assert done.returncode == 0, done.stderr
    assert '4 points: Sella, Nasion, ANS, Gonion' in done.stdout
    visible = [a['keypoints'][2::3] for a in read(out)['annotations']]
    assert visible == [[1, 2, 2, 0], [2, 1, 0, 2]]
    assert (out / 'test1.json').is_file()


def test_missing_points_change_nothing_in_training(tmp_path, folders, tiny_config):
    """The loss does not depend on what is predicted for points that a set lacks."""
    out = tmp_path / 'both'
    samples, scheme = merge(folders, 'all', 'both', ReadReport())
    write_dataset(samples, scheme, out, ReadReport())
    config = load_config(tiny_config, None, str(out))
    init_default_scope('mmpose')
    dataset = DATASETS.build(config.train_dataloader.dataset)
    np.random.seed(0)  # the augmentation keeps all points in the image
    items = [dataset[i]['data_samples'] for i in range(2)]
    weights = np.stack([i.gt_instance_labels.keypoint_weights.numpy() for i in items])
    assert weights.reshape(2, 4).tolist() == [[1, 1, 1, 0], [1, 1, 0, 1]]
    head = MODELS.build(config.model.head)
    targets = torch.stack([i.gt_fields.heatmaps for i in items])
    masks = torch.tensor(weights.reshape(2, 4))
    predicted = torch.ones_like(targets)
    loss = head.loss_module(predicted, targets, masks)
    # the loss is of the shape of a heatmap: one pixel is raised
    predicted[0, 3, 0, 0] = predicted[1, 2, 0, 0] = 7
    assert head.loss_module(predicted, targets, masks) == loss
    predicted[0, 0, 0, 0] = 7
    assert head.loss_module(predicted, targets, masks) != loss
    assert json.loads((out / 'scheme.json').read_text())['name'] == 'both'
