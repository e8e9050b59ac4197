"""Out to the labelling tools and back: the same points, and what the tools need to know."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mmlandmark.cli import label
from mmlandmark.formats import (
    read_cvat,
    read_label_studio,
    write_cvat,
    write_label_studio,
)
from mmlandmark.formats.common.image_names import names_below
from mmlandmark.formats.cvat import cvat_labels, cvat_scheme
from mmlandmark.formats.label_studio import label_studio_interface
from mmlandmark.formats.labelme import read_labelme
from mmlandmark.schemes import Scheme

SCHEME = Scheme('two', ('nose "tip"', 'chin & co'), ('n', 'c'))


def record(image, *heads):
    predictions = [
        dict(
            box=[-3.0, 2.0, 50.0, 40.0],
            spacing=dict(sy=0.2, sx=0.1, source='PixelSpacing'),
            points=[
                dict(
                    name=name,
                    x=x,
                    y=y,
                    score=0.5,
                    low_confidence=name == SCHEME.points[0],
                )
                for name, (x, y) in zip(SCHEME.points, head, strict=True)
            ],
        )
        for head in heads
    ]
    return dict(
        image=f'in/{image}', width=1935, height=2400, model='m', predictions=predictions
    )


HEADS = [[(0.0, 0.0), (1934.0, 2399.0)], [(17.33, 1200.41), (1000.67, 3.01)]]
RECORDS = [record('a b.png', *HEADS), record('c.png', HEADS[1]), record('none.png')]


@pytest.fixture
def folder(tmp_path):
    for name in ('a b', 'c', 'none'):
        Image.new('1', (1935, 2400)).save(tmp_path / f'{name}.png')
    return tmp_path


def corrected(path):
    """What a person leaves who submits every prediction as it is."""
    tasks = json.loads(path.read_text())
    for number, task in enumerate(tasks):
        result = task.pop('predictions')[0]['result']
        task.update(id=number, annotations=[dict(result=result, was_cancelled=False)])
    path.write_text(
        json.dumps([task for task in tasks if task['annotations'][0]['result']])
    )
    return path


def as_cvat(folder):
    assert write_cvat(folder / 'annotations.xml', iter(RECORDS), 'head') == 3
    return read_cvat(folder / 'annotations.xml', SCHEME)


def as_label_studio(folder):
    assert write_label_studio(folder / 'tasks.json', iter(RECORDS), 'head') == 3
    return read_label_studio(corrected(folder / 'tasks.json'), SCHEME)


@pytest.mark.parametrize('there_and_back', [as_cvat, as_label_studio])
def test_round_trip(folder, there_and_back):
    samples = there_and_back(folder)
    assert [s.image.name for s in samples] == ['a b.png', 'a b.png', 'c.png']
    for sample, head in zip(samples, (*HEADS, HEADS[1]), strict=True):
        assert sample.image.is_file()
        np.testing.assert_allclose(sample.points, head, rtol=0, atol=0.001)


@pytest.mark.parametrize('tool', ['cvat', 'label-studio'])
def test_images_of_one_name_in_two_folders(tmp_path, tool):
    records = []
    for folder in ('x', 'y'):
        (tmp_path / folder).mkdir()
        image = Image.new('L', (1935, 2400), ord(folder))
        image.save(tmp_path / folder / 'a.png')
        path = str(tmp_path / folder / 'a.png')
        records.append({**record('a.png', HEADS[0]), 'image': path})
    names = names_below(r['image'] for r in records)
    if tool == 'cvat':
        write_cvat(tmp_path / 'annotations.xml', records, 'head', names)
        samples = read_cvat(tmp_path / 'annotations.xml', SCHEME)
    else:
        write_label_studio(tmp_path / 'tasks.json', records, 'head', names=names)
        samples = read_label_studio(corrected(tmp_path / 'tasks.json'), SCHEME)
    assert [s.image for s in samples] == [tmp_path / f / 'a.png' for f in 'xy']


def test_a_cvat_file_as_the_tool_wants_it(folder):
    as_cvat(folder)
    root = ElementTree.parse(folder / 'annotations.xml').getroot()
    assert root.findtext('version') == '1.1'
    images = root.findall('image')
    assert images[0].attrib == dict(id='0', name='a b.png', width='1935', height='2400')
    first, second = images[1].find('skeleton').findall('points')
    # 0.5 from the corner of a pixel to its centre
    assert first.get('points') == '17.830,1200.910'
    assert (first.get('occluded'), second.get('occluded')) == ('1', '0')
    assert [len(image) for image in images] == [2, 1, 0]


def test_a_task_of_label_studio(tmp_path):
    write_label_studio(tmp_path / 't.json', RECORDS, 'head', 'http://host/')
    first, _, none = json.loads((tmp_path / 't.json').read_text())
    assert first['data'] == dict(
        image='http://host/a%20b.png',
        pixel_spacing=[0.2, 0.1],
        pixel_spacing_source='PixelSpacing',
    )
    assert none['predictions'][0]['result'] == []
    box, nose, chin, *_ = first['predictions'][0]['result']
    assert nose['parentID'] == chin['parentID'] == box['id'] == 'head1'
    assert box['value']['x'] == 0  # not out of the picture
    assert box['value']['width'] == pytest.approx(50.5 / 1935 * 100)
    assert nose['value']['x'] == pytest.approx(0.5 / 1935 * 100)
    assert chin['value']['y'] == pytest.approx(2399.5 / 24)
    regions = [r for t in (first,) for r in t['predictions'][0]['result']]
    assert len({r['id'] for r in regions}) == len(regions) == 6


def test_labels_of_a_cvat_task(tmp_path):
    shape = np.array([[0.0, 0.0], [30.0, 60.0]])
    (skeleton,) = json.loads(cvat_labels('head', SCHEME.points, shape))
    assert (skeleton['name'], skeleton['type']) == ('head', 'skeleton')
    assert [point['name'] for point in skeleton['sublabels']] == list(SCHEME.points)
    first, second = ElementTree.fromstring(f'<svg>{skeleton["svg"]}</svg>')
    assert (first.get('cx'), first.get('cy'), first.get('data-element-id')) == (
        '10.00', '10.00', '1'
    )  # fmt: skip
    # 60 is the longer side: it becomes 80 of the square of 100
    assert (second.get('cx'), second.get('cy')) == ('50.00', '90.00')
    assert second.get('data-label-name') == SCHEME.points[1]
    write_cvat(tmp_path / 'annotations.xml', RECORDS, 'head')
    assert cvat_scheme(tmp_path).points == SCHEME.points


def test_interface_of_label_studio():
    root = ElementTree.fromstring(label_studio_interface('head', SCHEME.points))
    labels = root.find('KeyPointLabels').findall('Label')
    assert [label.get('value') for label in labels] == list(SCHEME.points)
    assert [label.get('model_index') for label in labels] == ['0', '1']
    assert root.find('RectangleLabels/Label').get('value') == 'head'


def test_predictions_for_any_other_tool(folder, capsys):
    """What another format has no place for is said."""
    points = folder / 'points.jsonl'
    lines = [json.dumps(r) for r in RECORDS]
    text = ''.join(f'{line}\n' for line in lines).replace('in/', f'{folder}/')
    points.write_text(text)
    out = folder / 'labelme'
    words = ['labelme', '--points', str(points), '--out', str(out)]
    label.main(label.build_parser().parse_args(words))
    said = capsys.readouterr().out
    assert said.startswith('2 images: ')
    assert 'lost in labelme: the pixel spacing (3 heads)' in said
    for path in (folder / 'a b.png', folder / 'c.png'):
        path.rename(out / path.name)
    samples = read_labelme(out, SCHEME)
    assert [s.image.name for s in samples] == ['a b.png', 'a b.png', 'c.png']
    np.testing.assert_allclose(samples[1].points, HEADS[1], rtol=0, atol=1e-9)
    assert samples[0].box == (-3, 2, 50, 40)
