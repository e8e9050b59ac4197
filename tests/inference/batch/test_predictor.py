import json

import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image
from tests_support import save_untrained

from mmlandmark import InputError
from mmlandmark.inference.batch.predictor import (
    BatchPredictor,
    ImageTask,
    PredictOptions,
    image_tasks,
)
from mmlandmark.structures.pixel_spacing import PixelSpacing


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    for name in ('b.png', 'a.jpg', 'a.png', 'notes.txt'):
        if name.endswith('txt'):
            (folder / name).write_text('no picture')
        else:
            Image.new('L', (60, 40)).save(folder / name)
    return folder


def test_images_of_a_folder_get_names_of_their_own(folder):
    items = image_tasks(folder, PixelSpacing.square(0.1))
    assert [item.path.name for item in items] == ['a.jpg', 'a.png', 'b.png']
    assert [item.stem for item in items] == ['a_jpg', 'a_png', 'b']
    assert items[0].name == f'{folder.as_posix()}/a.jpg'
    assert {item.spacing for item in items} == {PixelSpacing.square(0.1)}


def test_the_same_names_in_two_folders_do_not_write_over_each_other(folder):
    images = []
    for number, name in enumerate(('x/xray.png', 'y/xray.png', 'y/other.png')):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new('L', (4, 4)).save(folder / name)
        images.append(dict(id=number, file_name=name))
    listed = folder / 'test.json'
    listed.write_text(json.dumps(dict(images=images, annotations=[], categories=[])))
    first, second, third = (item.stem for item in image_tasks(listed))
    assert (first[-10:], second[-10:]) == ('x_xray_png', 'y_xray_png')
    assert third == 'other'


@pytest.mark.parametrize(
    ('given', 'spacings'),
    [
        (None, [PixelSpacing(0.2, 0.1, 'pixel_spacing'), None]),
        (PixelSpacing.square(1), [PixelSpacing.square(1)] * 2),
    ],
)
def test_images_of_a_data_set_have_their_spacing(folder, given, spacings):
    images = [dict(id=1, file_name='b.png', pixel_spacing=[0.2, 0.1])]
    images.append(dict(id=2, file_name='a.png'))
    listed = folder / 'test.json'
    listed.write_text(json.dumps(dict(images=images, annotations=[], categories=[])))
    items = image_tasks(listed, given)
    assert [item.path for item in items] == [folder / 'b.png', folder / 'a.png']
    assert [item.spacing for item in items] == spacings


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('none.png', 'no image at'),
        ('notes.txt', 'not an image'),
        ('empty', 'no image in'),
        ('none.json', 'no COCO file'),
        ('list.json', 'not a COCO keypoints file'),
    ],
)
def test_no_image(folder, name, message):
    (folder / 'empty').mkdir()
    (folder / 'list.json').write_text('[]')
    with pytest.raises(InputError, match=message):
        image_tasks(folder / name)


@pytest.fixture(scope='module')
def finder(tiny_config, tmp_path_factory):
    folder = tmp_path_factory.mktemp('finder')
    checkpoint = save_untrained(tiny_config, folder / 'tiny.pth')
    return BatchPredictor(
        PredictOptions(str(tiny_config), str(checkpoint), 'cpu', out=folder)
    )


def test_a_record_and_the_files_of_an_image(finder, folder):
    record = finder(ImageTask(folder / 'a.jpg', 'mine', PixelSpacing(0.2, 0.1)))
    assert (record['width'], record['height']) == (60, 40)
    assert record['model'].startswith('tiny.pth ')
    assert len(record['model']) == len('tiny.pth ') + 12
    (prediction,) = record['predictions']
    assert prediction['spacing'] == dict(sy=0.2, sx=0.1, source='given')
    (same,) = finder.detector(folder / 'a.jpg')
    places = [(point['x'], point['y']) for point in prediction['points']]
    np.testing.assert_array_equal(places, same.points)
    written = json.loads((finder.settings.out / 'mine.json').read_text())
    assert written['predictions'] == record['predictions']


def test_a_bad_image_is_a_record_too(finder, folder):
    record = finder(ImageTask(folder / 'notes.txt', 'notes'))
    assert record.keys() == {'image', 'error'}
    assert 'notes.txt is not an image' in record['error']


def test_a_dicom_file_brings_its_spacing(finder, folder):
    write_dicom(folder / 'radiograph.dcm', PixelSpacing=[0.2, 0.1])
    items = image_tasks(folder)
    assert [item.path.name for item in items][2:] == ['b.png', 'radiograph.dcm']
    (prediction,) = finder(items[-1])['predictions']
    assert prediction['spacing'] == dict(sy=0.2, sx=0.1, source='PixelSpacing')
    task = ImageTask(folder / 'radiograph.dcm', 'x', PixelSpacing.square(1))
    (overruled,) = finder(task)['predictions']
    assert overruled['spacing'] == dict(sy=1.0, sx=1.0, source='given')
