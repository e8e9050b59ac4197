import cv2
import drawn_faces
import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError, PartMask
from mmlandmark.schemes.parts import FASSEG6
from mmlandmark.structures.part_mask import coco_file


@pytest.fixture
def mask():
    return PartMask(drawn_faces.fasseg_labels(), FASSEG6.parts, FASSEG6)


def test_areas(mask):
    areas = mask.areas()
    assert sum(areas.values()) == 60 * 50
    assert areas['nose'] == 5 * 11
    assert areas['eyes'] == 2 * 5 * 3


def test_png_with_a_palette(mask, tmp_path):
    mask.save(tmp_path / 'a.png')
    image = Image.open(tmp_path / 'a.png')
    assert image.mode == 'P'
    assert (np.array(image) == mask.labels).all()
    assert image.convert('RGB').getpixel((25, 30)) == FASSEG6.colors[3]
    with pytest.raises(InputError, match='cannot be written'):
        mask.save(tmp_path / 'none' / 'a.png')


def test_polygons_give_the_mask_again(mask):
    polygons = mask.polygons()
    canvas = np.zeros_like(mask.labels)
    for name in sorted(polygons, key=lambda name: -mask.areas()[name]):
        cv2.fillPoly(canvas, polygons[name], FASSEG6.parts.index(name))
    assert (canvas == mask.labels).mean() > 0.99
    assert len(polygons['eyes']) == 2


def test_coco(mask):
    empty = PartMask(np.zeros((4, 4), np.uint8), FASSEG6.parts, FASSEG6)
    found = coco_file([('a.jpg', mask), ('b.jpg', empty), ('c.jpg', mask)])
    assert [i['file_name'] for i in found['images']] == ['a.jpg', 'b.jpg', 'c.jpg']
    assert found['images'][0] == dict(id=1, file_name='a.jpg', width=50, height=60)
    assert [c['id'] for c in found['categories']] == [1, 2, 3, 4, 5]
    assert [a['id'] for a in found['annotations']] == list(range(1, 11))
    assert [a['image_id'] for a in found['annotations']] == [1] * 5 + [3] * 5
    nose = found['annotations'][2]
    assert nose['category_name'] == 'nose'
    assert (nose['area'], nose['bbox']) == (55, [23, 28, 5, 11])
    assert sorted(zip(nose['segmentation'][0][::2], nose['segmentation'][0][1::2],
                      strict=True)) == [(23, 28), (23, 38), (27, 28), (27, 38)]  # fmt: skip
    with pytest.raises(InputError, match='no image'):
        coco_file([])
