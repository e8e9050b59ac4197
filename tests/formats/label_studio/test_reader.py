"""Exports as Label Studio 1 writes them in the format "JSON"."""

import copy
import json

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_label_studio
from mmlandmark.formats.label_studio import label_studio_scheme
from mmlandmark.schemes import Scheme
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import ReadReport

SCHEME = Scheme('two', ('Nose tip', 'chin'), ('n', 'c'))


def region(kind, value, **more):
    return dict(
        original_width=200,
        original_height=50,
        image_rotation=0,
        value=value,
        id=f'r{value["x"]}',
        from_name='points',
        to_name='image',
        type=kind,
        origin='manual',
        **more,
    )


def point(label, x, y, **more):
    value = dict(x=x, y=y, width=0.5, keypointlabels=[label])
    return region('keypointlabels', value, **more)


def task(number, image, *annotations, **data):
    return dict(
        id=number,
        annotations=[
            dict(
                id=10 * number + k,
                completed_by=1,
                result=result,
                was_cancelled=False,
                ground_truth=False,
                updated_at=f'2026-11-0{k + 1}T10:00:00.000000Z',
                lead_time=8.1,
            )
            for k, result in enumerate(annotations)
        ],
        file_upload=image.rsplit('/')[-1],
        predictions=[],
        data=dict(image=image, **data),
        project=3,
    )


BOX = dict(x=10, y=20, width=25, height=50, rotation=0, rectanglelabels=['head'])
TASKS = [
    task(
        1,
        '/data/upload/3/3f2a9c1d-a.png',
        [point('chin', 1, 2)],
        [point('chin', 12.5, 50.0), point('nose_tip', 0.25, 1.0)],
        pixel_spacing=[0.2, 0.1],
        patient_id='p1',
    ),
    task(
        2,
        '/data/local-files/?d=radiographs/b%20c.png',
        [
            point('chin', 5, 10, parentID='r10'),
            region('rectanglelabels', BOX),
            point('chin', 50, 10, parentID='other'),
        ],
    ),
]


@pytest.fixture
def export(tmp_path):
    (tmp_path / 'images').mkdir()
    for name in ('a', 'b c'):
        Image.new('L', (200, 50)).save(tmp_path / 'images' / f'{name}.png')

    def write(tasks):
        (tmp_path / 'export.json').write_text(json.dumps(tasks))
        return tmp_path / 'export.json'

    return write


def test_percent_become_pixel_centres(export):
    report = ReadReport()
    one, two, three = read_label_studio(export(TASKS), SCHEME, report)
    # 0.25 % of 200 is 0.5 from the corner: the first pixel's centre, 0
    np.testing.assert_allclose(one.points, [[0, 0], [24.5, 24.5]])
    np.testing.assert_allclose(two.points, [[np.nan] * 2, [9.5, 4.5]])
    np.testing.assert_allclose(three.points, [[np.nan] * 2, [99.5, 4.5]])
    assert (one.spacing, one.subject, one.box) == (
        PixelSpacing(0.2, 0.1, 'pixel_spacing'),
        'p1',
        None,
    )
    assert (two.spacing, two.box, three.box) == (None, (19.5, 9.5, 69.5, 34.5), None)
    assert [s.id for s in (one, two, three)] == ['a', 'b c', 'b c_2']
    assert two.subject == three.subject
    assert all(s.image.is_file() for s in (one, two, three))
    assert report.counts == {'annotations replaced by a newer one': 1}


def test_scheme_of_the_labels_used(export):
    assert label_studio_scheme(export(TASKS)).points == ('chin', 'nose_tip')


def first_result(tasks):
    return tasks[0]['annotations'][1]['result']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda t: t[0].update(annotations=[]), 'is not annotated'),
        (lambda t: [a.update(was_cancelled=True) for a in t[0]['annotations']],
         'is not annotated'),
        (lambda t: first_result(t).clear(), 'no keypointlabels'),
        (lambda t: first_result(t)[0].update(image_rotation=90), 'rotate it back'),
        (lambda t: first_result(t)[0].pop('original_width'), "lacks.*'original_width'"),
        (lambda t: first_result(t).append(point('chin', 1, 1)), "'chin' is set twice"),
        (lambda t: first_result(t)[0]['value'].update(x='left'),
         "x of a region is 'left', a number"),
        (lambda t: t[0].update(data={}), "no 'image'"),
        (lambda t: t[0]['data'].update(pixel_spacing=5), 'spacing 5 is not two'),
    ],
)  # fmt: skip
def test_a_bad_task_is_an_error_or_reported(export, change, message):
    tasks = copy.deepcopy(TASKS)
    change(tasks)
    path = export(tasks)
    with pytest.raises(InputError, match=message):
        read_label_studio(path, SCHEME)
    report = ReadReport()
    assert len(read_label_studio(path, SCHEME, report)) == 2
    assert report.skipped[0][0] == 'export.json task 1'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'no file'),
        ('[', 'not readable JSON'),
        ('{}', 'not an export of Label Studio'),
        ('[{"image": "a.png", "points": []}]', 'not "JSON-MIN"'),
        ('[]', 'no point is labelled'),
    ],
)
def test_a_file_of_another_kind(tmp_path, text, message):
    path = tmp_path / 'export.json'
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        label_studio_scheme(path)


def one_point(address, **data):
    return task(7, address, [point('chin', 5, 10)], **data)


@pytest.mark.parametrize(
    ('address', 'name'),
    [
        ('/data/local-files/?d=radiographs/a+b.png', 'a+b.png'),
        ('/data/local-files/?d=radiographs/a+b.png', 'a b.png'),
        ('/data/local-files/?d=radiographs/a%2Bb.png', 'a+b.png'),
        ('/data/local-files/?d=radiographs%5Ca.png', 'a.png'),
        ('http://host/x/caf%C3%A9.png?key=1', 'caf\u00e9.png'),
        ('/data/upload/3/3f2a9c1d-a.png', '3f2a9c1d-a.png'),
        ('C:\\radiographs\\deep\\a.png', 'deep/a.png'),
        ('s3://bucket/deep/a.png', 'a.png'),
    ],
)
def test_addresses(tmp_path, address, name):
    path = tmp_path / 'images' / name
    path.parent.mkdir(parents=True)
    Image.new('L', (200, 50)).save(path)
    (tmp_path / 'e.json').write_text(json.dumps([one_point(address)]))
    (sample,) = read_label_studio(tmp_path / 'e.json', SCHEME)
    assert sample.image == path
    assert sample.subject == name


def test_a_plus_that_may_be_either_is_refused(tmp_path):
    for name in ('a+b.png', 'a b.png'):
        Image.new('L', (200, 50)).save(tmp_path / name)
    (tmp_path / 'e.json').write_text(json.dumps([one_point('/x/?d=a+b.png')]))
    with pytest.raises(InputError, match=r'may be a b.png or a\+b.png'):
        read_label_studio(tmp_path / 'e.json', SCHEME)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda t: first_result(t)[0]['value'].update(keypointlabels=['a', 'b']),
         "a point has 'a', 'b': give each point one label"),
        (lambda t: first_result(t)[0]['value'].pop('keypointlabels'), 'has no label'),
        (lambda t: first_result(t)[0].update(original_width=400), 'of several sizes'),
        (lambda t: [r.update(original_width=50) for r in first_result(t)],
         'image of 50x50'),
        (lambda t: t[0]['data'].update(image='../a.png'), 'nothing outside is read'),
        (lambda t: t[0]['data'].update(split='exam'), "its split is 'exam'"),
        (lambda t: t[0]['annotations'][1].update(result=5), 'its result are 5'),
    ],
)  # fmt: skip
def test_more_bad_tasks(export, change, message):
    tasks = copy.deepcopy(TASKS)
    change(tasks)
    with pytest.raises(InputError, match=f'export.json task 1: .*{message}'):
        read_label_studio(export(tasks), SCHEME)


def test_two_tasks_of_one_picture(export):
    tasks = [*TASKS, one_point('/data/upload/3/3f2a9c1d-a.png')]
    with pytest.raises(InputError, match=r'task 7: a\.png is the image of task 1 too'):
        read_label_studio(export(tasks), SCHEME)


def test_parts_and_points_unknown(export):
    tasks = [one_point('a.png', split='Validation', patient_id=None)]
    tasks[0]['annotations'][0]['result'].append(point('ruler', 1, 1))
    report = ReadReport()
    (sample,) = read_label_studio(export(tasks), SCHEME, report)
    assert (sample.split, sample.subject) == ('val', 'a.png')
    assert report.counts == {"points left out, scheme two has no 'ruler'": 1}
