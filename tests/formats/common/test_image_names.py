import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.image_names import (
    distinct_ids,
    image_id_of,
    names_below,
    numbered,
)


@pytest.mark.parametrize(
    ('name', 'identity'),
    [
        ('a.png', 'a'),
        ('A.JPEG', 'A'),
        ('p1/a.dcm', 'p1_a'),
        ('p1\\a.tif', 'p1_a'),
        ('/data/p1/a.jpg', 'data_p1_a'),
        ('C:\\radiographs\\a.jpg', 'radiographs_a'),
        ('1.2.840.1', '1.2.840.1'),
        ('1.2.840.2.dcm', '1.2.840.2'),
    ],
)
def test_ids_of_names(name, identity):
    assert image_id_of(name) == identity


def test_names_that_would_share_an_id_keep_what_tells_them_apart():
    names = ['a.jpg', 'a.png', 'b.jpg', 'x/y.jpg', 'x_y.jpg', 'B.jpg']
    ids = ['a_jpg', 'a_png', 'b_jpg', 'x_y_jpg', 'x_y_jpg_2', 'B_jpg_2']
    assert distinct_ids(names) == ids


def test_numbers_never_repeat():
    assert numbered(['a', 'a', 'a_2', 'a']) == ['a', 'a_2', 'a_2_2', 'a_3']


def test_names_for_a_labelling_tool():
    assert names_below(['in/a.png', 'b.png']) == {'in/a.png': 'a.png', 'b.png': 'b.png'}
    both = ['in/x/a.png', 'in/y/A.png', 'in/b.png']
    names = ['x/a.png', 'y/A.png', 'b.png']
    assert names_below(both) == dict(zip(both, names, strict=True))
    with pytest.raises(InputError, match=r'in/a\.png occurs 2 times'):
        names_below(['in/a.png', 'in/a.png'])
