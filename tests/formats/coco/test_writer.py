import io
import json

import drawn_faces
import numpy as np
import pytest

from mmlandmark import InputError, PartMask
from mmlandmark.formats.coco.writer import (
    coco_text,
    scheme_category,
    write_coco,
    write_part_polygons,
)
from mmlandmark.schemes import Scheme
from mmlandmark.schemes.parts import FASSEG6
from mmlandmark.structures.coco import image_entry, keypoints_entry

SCHEME = Scheme('two', ('nose', 'chin'), ('n', 'c'), skeleton=((0, 1),))


def test_a_file_of_keypoints():
    points = np.array([[0.1 + 0.2, 2], [np.nan, np.nan]])
    text = coco_text(
        [image_entry(1, 'bär.png', (30, 20))],
        [keypoints_entry(1, 1, points, (0, 0, 3, 4))],
        [scheme_category(SCHEME)],
    )
    values = json.loads(text)
    assert values['images'] == [dict(id=1, file_name='bär.png', width=30, height=20)]
    (annotation,) = values['annotations']
    assert annotation['keypoints'] == [0.1 + 0.2, 2, 2, 0, 0, 0]  # to the last digit
    assert (annotation['area'], annotation['num_keypoints']) == (12, 1)
    assert values['categories'][0]['skeleton'] == [[1, 2]]
    assert '0-based' in values['info']['description']


def test_entries_are_written_as_they_come():
    """Each entry is written before the next one is read."""
    file = io.StringIO()

    def images():
        for number in range(3):
            assert file.getvalue().count('file_name') == max(number, 0)
            yield image_entry(number, f'{number}.png')

    write_coco(file, images(), [], [])
    assert len(json.loads(file.getvalue())['images']) == 3


def test_polygons_of_face_parts():
    mask = PartMask(drawn_faces.fasseg_labels(), FASSEG6.parts, FASSEG6)
    empty = PartMask(np.zeros((4, 4), np.uint8), FASSEG6.parts, FASSEG6)
    file = io.StringIO()
    write_part_polygons(file, [('a.jpg', mask), ('b.jpg', empty), ('c.jpg', mask)])
    found = json.loads(file.getvalue())
    assert [i['file_name'] for i in found['images']] == ['a.jpg', 'b.jpg', 'c.jpg']
    assert found['images'][0] == dict(id=1, file_name='a.jpg', width=50, height=60)
    assert [c['id'] for c in found['categories']] == [1, 2, 3, 4, 5]
    assert [a['id'] for a in found['annotations']] == list(range(1, 11))
    assert [a['image_id'] for a in found['annotations']] == [1] * 5 + [3] * 5
    nose = found['annotations'][2]
    assert nose['category_name'] == 'nose'
    assert (nose['area'], nose['bbox']) == (55, [23, 28, 5, 11])
    outline = nose['segmentation'][0]
    corners = sorted(zip(outline[::2], outline[1::2], strict=True))
    assert corners == [(23, 28), (23, 38), (27, 28), (27, 38)]
    with pytest.raises(InputError, match='no image'):
        write_part_polygons(io.StringIO(), [])
