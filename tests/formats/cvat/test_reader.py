"""Files as CVAT 2 exports them in the format "CVAT for images 1.1"."""

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_cvat
from mmlandmark.formats.cvat import cvat_scheme
from mmlandmark.schemes import Scheme
from mmlandmark.structures.sample import ReadReport

SCHEME = Scheme('three', ('Nose tip', 'chin', 'ear'), ('n', 'c', 'e'))

EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>12</id><name>radiographs</name><size>3</size><mode>annotation</mode>
      <labels>
        <label><name>head</name><color>#5e7934</color><type>skeleton</type>
          <attributes></attributes>
          <svg>&lt;circle r="0.75" cx="10" cy="20" data-type="element node"
          data-element-id="1" data-node-id="1" data-label-name="chin"
          &gt;&lt;/circle&gt;</svg>
        </label>
        <label><name>chin</name><type>points</type><attributes></attributes>
          <parent>head</parent></label>
        <label><name>nose_tip</name><type>points</type><attributes></attributes>
          <parent>head</parent></label>
        <label><name>ear</name><type>points</type><attributes></attributes>
          <parent>head</parent></label>
        <label><name>ruler</name><type>points</type><attributes></attributes></label>
      </labels>
    </task>
    <dumped>2026-11-02 10:11:12.123456+00:00</dumped>
  </meta>
  <image id="0" name="a.png" subset="Train" task_id="12" width="40" height="30">
    <skeleton label="head" source="manual" z_order="0">
      <points label="chin" source="manual" outside="0" occluded="0" points="12.34,20.50">
      </points>
      <points label="nose_tip" source="manual" outside="0" occluded="1" points="0.50,7.25">
      </points>
      <points label="ear" source="manual" outside="1" occluded="0" points="30.00,5.00">
      </points>
    </skeleton>
    <skeleton label="head" source="auto" z_order="0">
      <points label="ear" source="auto" outside="0" occluded="0" points="9.00,8.00">
      </points>
    </skeleton>
  </image>
  <image id="1" name="b.png" width="40" height="30">
  </image>
  <image id="2" name="sub/c.png" width="40" height="30">
    <points label="ear" source="manual" occluded="0" points="4.00,5.00" z_order="0">
    </points>
    <points label="chin" source="manual" occluded="0" points="6.00,7.00" z_order="0">
    </points>
  </image>
</annotations>
"""


@pytest.fixture
def export(tmp_path):
    (tmp_path / 'images' / 'sub').mkdir(parents=True)
    for name in ('a', 'b', 'sub/c'):
        Image.new('L', (40, 30)).save(tmp_path / 'images' / f'{name}.png')
    path = tmp_path / 'annotations.xml'
    path.write_text(EXPORT)
    return path


def test_heads_of_skeletons_and_of_single_points(export):
    report = ReadReport()
    one, two, three = read_cvat(export.parent, SCHEME, report)
    # from the corner of the first pixel to its centre: 0.5 less
    np.testing.assert_allclose(one.points, [[0, 6.75], [11.84, 20], [np.nan] * 2])
    np.testing.assert_allclose(two.points, [[np.nan] * 2, [np.nan] * 2, [8.5, 7.5]])
    np.testing.assert_allclose(three.points, [[np.nan] * 2, [5.5, 6.5], [3.5, 4.5]])
    assert [s.id for s in (one, two, three)] == ['a', 'a_2', 'sub_c']
    assert [s.split for s in (one, two, three)] == ['train', 'train', None]
    assert one.subject == two.subject == 'a.png'
    assert all(s.image.is_file() for s in (one, two, three))
    assert report.counts == {'images without points': 1}


def test_the_scheme_is_that_of_the_skeleton(export):
    assert cvat_scheme(export, 'own').points == ('chin', 'nose_tip', 'ear')
    export.write_text(EXPORT.replace('<parent>head</parent>', ''))
    assert cvat_scheme(export).points == ('chin', 'nose_tip', 'ear', 'ruler')
    start, end = EXPORT.index('<meta>'), EXPORT.index('</meta>') + len('</meta>')
    export.write_text(EXPORT[:start] + EXPORT[end:])
    assert cvat_scheme(export).points == ('chin', 'nose_tip', 'ear')


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('12.34,20.50', '12.34', "points='12.34', not x,y"),
        ('12.34,20.50', '1,2;3,4', "'chin' has 2 points here and 1 elsewhere"),
        ('12.34,20.50', 'nan,1', 'not x,y'),
        ('points label="nose_tip"', 'points label="chin"', "'chin' is set twice"),
        (
            'label="ear" source="auto"',
            'label="eye" source="auto"',
            'no point of scheme',
        ),
    ],
)
def test_a_bad_head_is_an_error_or_reported(export, old, new, message):
    export.write_text(EXPORT.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_cvat(export, SCHEME)
    report = ReadReport()
    assert len(read_cvat(export, SCHEME, report)) == 2
    assert report.skipped[0][0] == 'annotations.xml image a.png'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'no file'),
        ('<annotations>', 'not readable XML'),
        ('<html/>', 'CVAT for images 1.1'),
        (
            '<annotations><track id="0"/></annotations>',
            'export the task in that format',
        ),
        ('<!DOCTYPE a><annotations/>', 'DOCTYPE'),
        ('<annotations/>', 'no point is labelled'),
        (
            '<annotations><label><name>a</name><type>points</type><parent>x</parent>'
            '</label><label><name>a</name><type>points</type><parent>y</parent>'
            '</label></annotations>',
            r'2 skeletons \(x, y\).*give a scheme',
        ),
    ],
)
def test_a_file_of_another_kind(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'annotations.xml').write_text(text)
    with pytest.raises(InputError, match=message):
        cvat_scheme(tmp_path)


def annotations(images, labels=''):
    return f'<annotations><meta>{labels}</meta>{images}</annotations>'


def label(name, kind='points'):
    return f'<label><name>{name}</name><type>{kind}</type></label>'


def image(name, points, subset='', size=(40, 30)):
    shapes = ''.join(f'<points label="{k}" points="{v}"/>' for k, v in points.items())
    w, h = size
    about = f'name="{name}" subset="{subset}" width="{w}" height="{h}"'
    return f'<image {about}>{shapes}</image>'


@pytest.fixture
def written(tmp_path):
    """Write a file beside the images given, each 40x30; returns samples and points."""

    def write(text, *names, report=None):
        for number, name in enumerate(names):
            path = tmp_path / 'images' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new('L', (40, 30), number).save(path)
        (tmp_path / 'annotations.xml').write_text(text, encoding='utf-8')
        scheme = cvat_scheme(tmp_path)
        return read_cvat(tmp_path, scheme, report), scheme.points

    return write


def test_a_prime_is_a_sign_of_its_own(written):
    images = image('a.png', {'Pog': '10,20'}) + image('b.png', {'Pog&#x27;': '4,5'})
    labels = label('Pog') + label('Pog&#x27;')
    (one, two), points = written(annotations(images, labels), 'a.png', 'b.png')
    assert points == ('Pog', "Pog'")
    np.testing.assert_array_equal(one.points, [[9.5, 19.5], [np.nan] * 2])
    np.testing.assert_array_equal(two.points, [[np.nan] * 2, [3.5, 4.5]])


def test_points_of_several_places(written):
    three = '10,20;30,25;22,3'
    images = image('a.png', {'a': three, 'b': '1,2'}) + image('b.png', {'a': three})
    images += image('c.png', {'a': '1,2', 'b': '5,5'})
    report = ReadReport()
    names = ('a.png', 'b.png', 'c.png')
    text = annotations(images, label('a') + label('b'))
    (one, two), points = written(text, *names, report=report)
    assert points == ('a 1', 'a 2', 'a 3', 'b')
    expected = [[9.5, 19.5], [29.5, 24.5], [21.5, 2.5], [0.5, 1.5]]
    np.testing.assert_array_equal(one.points, expected)
    np.testing.assert_array_equal(two.points[:3], expected[:3])
    ((where, why),) = report.skipped
    assert where.endswith('c.png')
    assert "label 'a' has 1 points here and 3 elsewhere" in why


def test_labels_of_any_shape_are_points_where_they_are_set(written):
    text = annotations(
        image('a.png', {'a': '1,2'}), label('p') + label('a', 'any') + label('b', 'any')
    )
    (sample,), points = written(text, 'a.png')
    assert points == ('p', 'a')
    np.testing.assert_array_equal(sample.points, [[np.nan] * 2, [0.5, 1.5]])


def test_frames_of_a_video_have_no_suffix(written):
    images = image('frame_000000', {'a': '1,2'}) + image('frame_000001', {'a': '3,4'})
    files = ('frame_000000.png', 'frame_000001.jpg')
    samples, _ = written(annotations(images), *files)
    assert [s.image.name for s in samples] == list(files)
    assert [s.id for s in samples] == ['frame_000000', 'frame_000001']


@pytest.mark.parametrize('words', [('Training', 'VALIDATION', 'testing'),
                                   ('train', 'val', 'test')])  # fmt: skip
def test_subsets_are_parts_and_folders(written, words):
    images = ''.join(
        image('a.png', {'a': f'{i},2'}, word) for i, word in enumerate(words)
    )
    samples, _ = written(annotations(images), *(f'{word}/a.png' for word in words))
    assert [s.split for s in samples] == ['train', 'val', 'test']
    assert [s.image.parent.name for s in samples] == list(words)
    assert len({s.id for s in samples}) == len({s.subject for s in samples}) == 3


def test_a_picture_of_another_size(written):
    report = ReadReport()
    images = image('a.png', {'a': '20,30'}, size=(80, 60))
    (sample,), _ = written(annotations(images), 'a.png', report=report)
    # edges stay in place: 20 of 80 from the edge are 10 of 40, less half a pixel
    np.testing.assert_allclose(sample.points, [[9.5, 14.5]])
    assert 'scaled' in next(iter(report.counts))
    with pytest.raises(InputError, match='image of 80x20 pixels, the file has 40x30'):
        written(annotations(image('a.png', {'a': '20,30'}, size=(80, 20))))


@pytest.mark.parametrize(
    ('images', 'message'),
    [
        (image('a.png', {'a': '1,2'}) * 2, "lists image 'a.png' 2 times"),
        (image('../a.png', {'a': '1,2'}), 'nothing outside is read'),
        (image('/etc/a.png', {'b': '1,2'}), "no image '/etc/a.png'"),
    ],
)
def test_images_refused(written, images, message):
    with pytest.raises(InputError, match=message):
        written(annotations(images))
