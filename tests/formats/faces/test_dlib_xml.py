import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_dlib_xml
from mmlandmark.structures.sample import ReadReport

HEAD = """<?xml version='1.0' encoding='ISO-8859-1'?>
<?xml-stylesheet type='text/xsl' href='image_metadata_stylesheet.xsl'?>
<dataset><name>iBUG</name><comment/><images>
"""
TAIL = '</images></dataset>'


def box(shift=0, names=range(68), attributes=''):
    parts = ''.join(
        f"<part name='{i:02d}' x='{10 + i + shift}' y='{20 + i}'/>" for i in names
    )
    return f"<box top='5' left='7' width='30' height='40' {attributes}>{parts}</box>"


def image(name, *boxes):
    return f"<image file='{name}' width='90' height='99'>{''.join(boxes)}</image>\n"


@pytest.fixture
def faces(tmp_path):
    """Two photographs, one of two faces, and a mirrored copy."""
    names = (
        'afw/1051618982_1.jpg',
        'afw/1051618982_1_mirror.jpg',
        'lfpw/image_0001.png',
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new('L', (90, 99)).save(tmp_path / name)
    # imglab writes the parts in the order of their names or of their clicks
    one = image(names[0], box(names=reversed(range(68))))
    two = image(names[2], box(1), box(2), box(3, attributes="ignore='1'"))
    path = tmp_path / 'labels_ibug_300W_train.xml'
    path.write_text(HEAD + one + image(names[1], box(4)) + two + TAIL)
    return path


def test_every_box_is_a_face(faces):
    report = ReadReport()
    samples = read_dlib_xml(faces, report)
    assert [(s.id, s.subject) for s in samples] == [
        ('afw/1051618982_1', 'afw/1051618982'),
        ('afw/1051618982_1_mirror', 'afw/1051618982'),
        ('lfpw/image_0001', 'lfpw/image_0001'),
        ('lfpw/image_0001_box2', 'lfpw/image_0001'),
    ]
    for sample, shift in zip(samples, (0, 4, 1, 2), strict=True):
        expected = np.column_stack([np.arange(10, 78) + shift, np.arange(20, 88)])
        np.testing.assert_array_equal(sample.points, expected)
        assert (sample.split, sample.box) == ('train', (7, 5, 37, 45))
        assert sample.image.is_file()
    assert report.skipped == []
    assert report.counts == {'boxes marked ignore': 1}


def test_other_points_and_no_split(faces):
    path = faces.with_name('latest.xml')
    path.write_text(HEAD + image('lfpw/image_0001.png', box(names=range(3))) + TAIL)
    (sample,) = read_dlib_xml(path, count=3)
    assert (sample.split, sample.points.shape) == (None, (3, 2))


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ("name='67' x='77'", "name='66' x='77'", "has parts '66' and '66'"),
        ("name='67' x='77'", "name='68' x='77'", "part '68', 68 .* named 00 to 67"),
        ("name='67' x='77'", "name='lip' x='77'", "part 'lip', 68 are needed"),
        ("x='77' y='87'", "x='a' y='87'", "<part x='a' y='87'> is not all numbers"),
        ("x='77' y='87'", "x='nan' y='87'", 'point 68 lacks a coordinate'),
        ("x='77' y='87'", "x='inf' y='87'", 'point 68 has a coordinate'),
        ("width='90' height='99'", "width='90' height='50'", 'image of 90x50'),
        ('afw/1051618982_1.jpg', '../a.jpg', 'nothing outside is read'),
        ('afw/1051618982_1.jpg', '/etc/hosts', "no image '/etc/hosts'"),
        ("left='7'", '', "left=''.* is not all numbers"),
        ('1051618982_1.jpg', 'gone.jpg', "no image 'afw/gone.jpg'"),
        ("file='afw/1051618982_1.jpg'", '', 'is not the name of an image'),
    ],
)
def test_a_bad_box_is_an_error_or_reported(faces, old, new, message):
    faces.write_text(faces.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_dlib_xml(faces)
    report = ReadReport()
    assert len(read_dlib_xml(faces, report)) == 3
    assert len(report.skipped) == 1


BOMB = """<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<dataset><images>&b;</images></dataset>"""


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'no file'),
        ('', 'not readable XML'),
        ('<dataset><images>', 'not readable XML'),
        ('<html/>', 'not an image list of dlib'),
        ('<dataset/>', 'not an image list of dlib'),
        (BOMB, 'DOCTYPE'),
        ("<?xml version='1.0' encoding='nonsense'?><dataset/>", 'not readable XML'),
    ],
)
def test_a_file_of_another_kind(tmp_path, text, message):
    path = tmp_path / 'labels.xml'
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_dlib_xml(path)
    assert 'labels.xml' in str(error.value)


def test_parts_named_without_zeros_and_parts_not_set(faces):
    text = faces.read_text().replace("name='03'", "name='3'")
    faces.write_text(text.replace("<part name='67' x='77' y='87'/>", '', 1))
    first, second, *_ = read_dlib_xml(faces)
    np.testing.assert_array_equal(first.points[3], [13, 23])
    assert np.isnan(first.points[67]).all()
    assert np.isfinite(first.points[:67]).all()
    assert np.isfinite(second.points).all()


def test_a_file_of_fewer_parts_is_another_set(faces):
    faces.write_text(HEAD + image('lfpw/image_0001.png', box(names=range(5))) + TAIL)
    with pytest.raises(InputError, match='has parts up to 04, 68 are needed'):
        read_dlib_xml(faces)
