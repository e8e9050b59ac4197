"""Files as CVAT 2 exports them in the format "CVAT for images 1.1"."""

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.readers import ReadReport, read_cvat
from mmlandmark.readers.cvat import cvat_scheme
from mmlandmark.schemes import Scheme

SCHEME = Scheme('three', ('Nose tip', 'chin', 'ear'), ('n', 'c', 'e'))

EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>12</id><name>films</name><size>3</size><mode>annotation</mode>
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
        ('12.34,20.50', '12.34', "points='12.34', x,y is needed"),
        ('12.34,20.50', '1,2;3,4', "'chin' has 2 places here and 1 elsewhere"),
        ('12.34,20.50', 'nan,1', 'x,y is needed'),
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
            r'2 skeletons \(x, y\).*--scheme',
        ),
    ],
)
def test_a_file_of_another_kind(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'annotations.xml').write_text(text)
    with pytest.raises(InputError, match=message):
        cvat_scheme(tmp_path)
