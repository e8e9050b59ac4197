"""An occluded point stays apart from one that is not annotated, from file to file."""

import json

import numpy as np
import pytest
from PIL import Image
from prepared_samples import SCHEME, read, sample

from mmlandmark import InputError
from mmlandmark.datasets import KeypointDataset
from mmlandmark.datasets.preparation.prepare import write_dataset
from mmlandmark.evaluation.points.metric import RadialError
from mmlandmark.formats import coco_scheme, read_coco
from mmlandmark.structures.sample import ReadReport

KEYPOINTS = [5, 6, 1, 7, 8, 2, 0, 0, 0]
NAMES = ['a', 'b', 'c']


@pytest.fixture
def prepared(tmp_path):
    """A COCO file of an occluded, a visible and a missing point, read and prepared."""
    Image.new('L', (40, 30)).save(tmp_path / 'x.png')
    image = dict(id=1, file_name='x.png', width=40, height=30)
    annotation = dict(id=1, image_id=1, category_id=1, keypoints=KEYPOINTS)
    category = dict(id=1, name='head', keypoints=NAMES)
    tables = dict(images=[image], annotations=[annotation], categories=[category])
    (tmp_path / 'train.json').write_text(json.dumps(tables))
    scheme = coco_scheme(tmp_path)
    samples = read_coco(tmp_path, scheme, ReadReport())
    assert samples[0].occluded.tolist() == [True, False, False]
    write_dataset(samples, scheme, tmp_path / 'out', ReadReport())
    return tmp_path / 'out'


def dataset(folder, **kwargs):
    return KeypointDataset(
        scheme=str(folder / 'scheme.json'),
        data_root=str(folder),
        ann_file='train.json',
        data_prefix=dict(img='images/'),
        serialize_data=False,
        **kwargs,
    )


def test_in_the_prepared_file(prepared):
    assert read(prepared)['annotations'][0]['keypoints'][2::3] == [1, 2, 0]


@pytest.mark.parametrize(
    ('weight', 'expected'), [(1, [1, 1, 0]), (0.5, [0.5, 1, 0]), (0, [0, 1, 0])]
)
def test_in_the_weights(prepared, weight, expected):
    item = dataset(prepared, occluded_weight=weight)[0]
    assert item['keypoints_visible'].tolist() == [expected]
    assert item['occluded'].tolist() == [True, False, False]


@pytest.mark.parametrize('weight', [0.3, -1, 2])
def test_a_weight_without_a_target_is_refused(prepared, weight):
    with pytest.raises(InputError, match=r'must be 0, or from 0\.5 to 1'):
        dataset(prepared, occluded_weight=weight)


def test_in_the_metric():
    """Errors of 3 and 4 pixels at occluded points, 5 and 1 at visible ones."""
    metric = RadialError(radii_px=(2,), radii_mm=(2,))
    metric.dataset_meta = dict(keypoint_id2name={0: 'a', 1: 'b'})
    for errors, occluded in (((3, 5), [True, False]), ((1, 4), [False, True])):
        points = np.array([[[10.0, 10.0], [20.0, 20.0]]])
        moved = points + np.array([[[errors[0], 0], [errors[1], 0]]])
        data = dict(
            id=1,
            occluded=np.array(occluded),
            gt_instances=dict(keypoints=points, keypoints_visible=np.ones((1, 2))),
            pred_instances=dict(keypoints=moved),
        )
        metric.process([], [data])
    values = metric.compute_metrics(metric.results)
    assert values['MRE_px'] == pytest.approx(3.25)
    assert values['MRE_px_occluded'] == pytest.approx(3.5)
    assert values['MRE_px_visible'] == pytest.approx(3)
    assert values['SDR@2.0px_visible'] == pytest.approx(50)


def test_no_mark_where_no_point_is_occluded(tmp_path):
    write_dataset([sample()], SCHEME, tmp_path / 'out', ReadReport())
    assert read(tmp_path / 'out')['annotations'][0]['keypoints'][2::3] == [2, 2]
