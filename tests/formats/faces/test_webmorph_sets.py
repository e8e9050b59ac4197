import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_webmorph_sets
from mmlandmark.schemes.webmorph import FACE_WITHOUT_HAIR


def portrait(folder, name, points):
    folder.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (200, 220)).save(folder / f'{name}.jpg')
    rows = [f'{x}\t{y}' for x, y in points]
    (folder / f'{name}.tem').write_text('\n'.join(['189', *rows, '0']))


def test_sets_are_parts_and_the_box_is_without_hair(tmp_path):
    points = np.column_stack([np.arange(189), np.arange(189) + 20])
    portrait(tmp_path / 'neutral_front', '001_03', points)
    portrait(tmp_path / '3dsk' / 'female', 'ann', points)
    portrait(tmp_path / 'canada', '003f', points)
    portrait(tmp_path / 'composite', 'f_multi', points)
    samples = read_webmorph_sets(tmp_path)
    assert {sample.id: sample.split for sample in samples} == {
        '001_03': 'train',
        'ann': 'train',
        '003f': 'test',
        'f_multi': 'composite',
    }
    for sample in samples:
        np.testing.assert_array_equal(sample.points, points)
        low, high = min(FACE_WITHOUT_HAIR), max(FACE_WITHOUT_HAIR)
        assert sample.box == (low, low + 20, high, high + 20)


def test_another_template_is_refused(tmp_path):
    portrait(tmp_path / 'canada', 'a', np.ones((189, 2)))
    text = '3\n' + '1\t1\n' * 3 + '0\n'
    (tmp_path / 'canada' / 'a.tem').write_text(text)
    with pytest.raises(InputError, match=r'a\.tem'):
        read_webmorph_sets(tmp_path)
