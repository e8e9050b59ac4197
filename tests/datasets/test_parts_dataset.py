import drawn_faces
import pytest

from mmlandmark import InputError
from mmlandmark.datasets import FassegDataset, LaPaDataset
from mmlandmark.formats.parts import read_lapa_points

LOAD = [dict(type='mmpose.LoadLandmarkImage'), dict(type='LoadParts')]


@pytest.fixture(autouse=True)
def _scope():
    from mmengine.registry import DefaultScope

    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def test_lapa(tmp_path):
    data = LaPaDataset(drawn_faces.write_lapa(tmp_path), split='train', pipeline=LOAD)
    assert len(data) == 4
    assert data.metainfo['classes'][4] == 'left eye'
    item = data[2]
    assert item['sample_id'] == 'train/train_2'
    assert item['img'].shape == (60, 50, 3)
    assert (item['gt_seg_map'] == drawn_faces.lapa_labels(0)).all()
    assert read_lapa_points(item['landmarks_path']).shape == (106, 2)


def test_fasseg_of_several_parts(tmp_path):
    root = str(drawn_faces.write_fasseg(tmp_path))
    sizes = {
        split: len(FassegDataset(root, split=split))
        for split in ('train', 'val', 'train+val')
    }
    assert sizes == {'train': 8, 'val': 3, 'train+val': 11}


def test_mistakes(tmp_path):
    root = str(drawn_faces.write_fasseg(tmp_path))
    with pytest.raises(InputError, match="no split 'test', it has train, val"):
        FassegDataset(root, split='test')
    with pytest.raises(InputError, match='use FlipParts'):
        FassegDataset(root, pipeline=[dict(type='RandomFlip', prob=0.5)])
    with pytest.raises(InputError, match='no face parts in'):
        LaPaDataset(root)
