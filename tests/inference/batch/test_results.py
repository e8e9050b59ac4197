import csv
import json

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_coco, read_csv
from mmlandmark.inference.batch.records import write_record
from mmlandmark.inference.batch.results import checked_results, write_results
from mmlandmark.schemes import Scheme
from mmlandmark.structures.pixel_spacing import PixelSpacing

SCHEME = Scheme('two', ('nose', 'chin'), ('n', 'c'), skeleton=((0, 1),))


def prediction(x, spacing=None, **more):
    points = [
        dict(name='nose', x=x, y=2.25, score=0.5, **more),
        dict(name='chin', x=x + 1, y=4.0, score=1.0, **more),
    ]
    return dict(box=[1.0, 2.0, 11.5, 8.0], spacing=spacing, points=points)


@pytest.fixture
def journal(tmp_path):
    """Records of three images in a folder: with one head, with none and with one."""
    (tmp_path / 'in').mkdir()
    spacing = dict(sy=0.2, sx=0.1, source='PixelSpacing')
    found = dict(
        a=[prediction(3.5, spacing, expected_error=1.0)], b=[], c=[prediction(5)]
    )
    with (tmp_path / 'p.jsonl').open('w') as file:
        for name, predictions in found.items():
            path = tmp_path / 'in' / f'{name}.png'
            Image.new('L', (20, 10)).save(path)
            write_record(
                file,
                dict(image=str(path), width=20, height=10, predictions=predictions),
            )
    return tmp_path / 'p.jsonl'


def test_csv_is_read_back(journal):
    out = journal.with_suffix('.csv')
    write_results(journal, out, SCHEME)
    with out.open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        *('image', 'landmark', 'x', 'y', 'score', 'expected_error'),
        *('expected_error_mm', 'low_confidence', 'pixel_spacing_y', 'pixel_spacing_x'),
        'pixel_spacing_source',
    ]
    assert rows[1][:6] == ['in/a.png', 'nose', '3.5', '2.25', '0.5', '1.0']
    assert float(rows[1][6]) == pytest.approx(0.15)
    assert rows[1][7:] == ['False', '0.2', '0.1', 'PixelSpacing']
    assert rows[3] == ['in/c.png', 'nose', '5.0', '2.25', '0.5', *[''] * 6]
    table = read_csv(out)
    assert table.points == ('nose', 'chin')
    np.testing.assert_array_equal(table.samples[1].points, [[5, 2.25], [6, 4]])


def test_two_faces_are_counted(journal):
    with journal.open('a') as file:
        both = [prediction(1), prediction(7)]
        write_record(file, dict(image='d.png', width=9, height=9, predictions=both))
    out = journal.with_suffix('.csv')
    write_results(journal, out, SCHEME)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row['face'] for row in rows] == ['1'] * 6 + ['2'] * 2


def test_coco_is_read_back(journal):
    out = journal.with_suffix('.json')
    write_results(journal, out, SCHEME)
    data = json.loads(out.read_text())
    assert [image['file_name'] for image in data['images']] == [
        'in/a.png', 'in/b.png', 'in/c.png'
    ]  # fmt: skip
    first, second = data['annotations']
    assert first['keypoints'] == [3.5, 2.25, 2, 4.5, 4.0, 2]
    assert (first['bbox'], first['area']) == ([1.0, 2.0, 10.5, 6.0], 63.0)
    assert first['score'] == 0.75
    assert (second['id'], second['image_id']) == (2, 3)
    assert data['categories'][0]['skeleton'] == [[1, 2]]
    one, two = read_coco(out, SCHEME)
    assert (one.spacing, two.spacing) == (PixelSpacing(0.2, 0.1, 'PixelSpacing'), None)
    assert one.image.is_file()
    np.testing.assert_array_equal(two.points, [[5, 2.25], [6, 4]])


def test_json_lines_stay_as_they_are(journal):
    before = journal.read_bytes()
    write_results(journal, journal, SCHEME)
    assert journal.read_bytes() == before


@pytest.mark.parametrize('name', ['a.xml', 'a', 'a.txt'])
def test_other_suffixes(tmp_path, name):
    with pytest.raises(InputError, match=r'\.jsonl, \.csv or \.json'):
        checked_results(tmp_path / name)


def test_names_are_text_and_never_a_formula(tmp_path):
    """Names of files come from anyone, and need not be UTF-8."""
    scheme = Scheme('two', ('=nose', 'chin'), ('n', 'c'))
    found = prediction(1.0)
    found['points'][0]['name'] = '=nose'
    names = ['=1+1.png', 'caf\udce9.png']
    with (tmp_path / 'p.jsonl').open('w') as file:
        for name in names:
            path = str(tmp_path / name)
            write_record(
                file, dict(image=path, width=20, height=10, predictions=[found])
            )
    write_results(tmp_path / 'p.jsonl', tmp_path / 'p.csv', scheme)
    write_results(tmp_path / 'p.jsonl', tmp_path / 'p.json', scheme)
    with (tmp_path / 'p.csv').open(encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert [row['image'] for row in rows[::2]] == ["'=1+1.png", 'caf\\xe9.png']
    assert [row['landmark'] for row in rows[:2]] == ["'=nose", 'chin']
    images = json.loads((tmp_path / 'p.json').read_text())['images']
    assert [image['file_name'] for image in images] == names
