import os
import sys
import unicodedata

import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.image_finder import ImageFinder, finder_beside


def files(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)  # each its own content
    return folder


def find_image(name, folders, label=''):
    return ImageFinder([folders], label=label).find(name)


@pytest.mark.parametrize(
    ('name', 'there'),
    [
        ('a.jpg', 'a.jpg'),
        ('./a.jpg', 'a.jpg'),
        ('p1/a.jpg', 'p1/a.jpg'),
        ('p1\\a.jpg', 'p1/a.jpg'),
        ('my%20radiograph.jpg', 'my radiograph.jpg'),
        ('100%25.jpg', '100%25.jpg'),  # unchanged, before decoding
        ('my radiograph.jpg', 'deep/er/my radiograph.jpg'),
        ('er/a.jpg', 'deep/er/a.jpg'),
        ('/home/else/export/p1/a.jpg', 'p1/a.jpg'),
        ('C:\\export\\p1\\a.jpg', 'p1/a.jpg'),
        ('/home/else/a.jpg', 'deep/a.jpg'),
        ('https://host/data/p1/a.jpg?key=1', 'p1/a.jpg'),
        ('file:///C:/radiographs/a%201.jpg', 'a 1.jpg'),
        ('p1/../p2/a.jpg', 'p2/a.jpg'),
    ],
)
def test_an_image_is_found(tmp_path, name, there):
    files(tmp_path, there)
    assert find_image(name, [tmp_path]) == tmp_path / there


@pytest.mark.parametrize('on_disk', ['NFC', 'NFD'])
@pytest.mark.parametrize('named', ['NFC', 'NFD'])
@pytest.mark.parametrize('folder', ['', 'deep/'])
def test_either_unicode_form_is_found(tmp_path, on_disk, named, folder):
    name = 'Zähne.jpg'
    files(tmp_path, folder + unicodedata.normalize(on_disk, name))
    assert find_image(unicodedata.normalize(named, name), [tmp_path]).is_file()


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems have no such names')
@pytest.mark.parametrize('raw', [b'caf\xe9.jpg', b'images\\caf\xe9.jpg'])
def test_names_of_a_foreign_zip_are_found(tmp_path, raw):
    (tmp_path / os.fsdecode(raw)).write_text('')
    found = find_image('images/café.jpg' if b'\\' in raw else 'café.jpg', [tmp_path])
    assert os.fsencode(found.name) == raw


@pytest.mark.parametrize(
    'name',
    ['../secret.jpg', 'images/../../secret.jpg', '{}/secret.jpg', '..\\secret.jpg',
     '%2e%2e/secret.jpg', 'file://{}/secret.jpg'],
)  # fmt: skip
def test_nothing_outside_the_folder_is_read(tmp_path, name):
    files(tmp_path, 'secret.jpg', 'data/a.jpg')
    with pytest.raises(InputError, match=r'nothing outside is read|no image'):
        find_image(name.format(tmp_path), [tmp_path / 'data'])


@pytest.mark.parametrize('name', ['', ' ', 'a\0.jpg', 7, None, '.', '/', 'x' * 5000])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        find_image(name, [tmp_path])


def test_a_relative_name_is_not_cut(tmp_path):
    # p2's picture is missing; that of p1 or of no subset must not replace it
    files(tmp_path, 'p1/a.jpg', 'a.jpg')
    with pytest.raises(InputError, match=r"no image 'p2/a\.jpg'"):
        find_image('p2/a.jpg', [tmp_path])


def test_two_names_never_share_a_picture(tmp_path):
    finder = ImageFinder([[files(tmp_path, 'a.jpg')]])
    finder.find('/export/p1/a.jpg')
    finder.find('\\export\\p1\\a.jpg')  # the same name
    with pytest.raises(
        InputError, match=r"'/export/p2/a\.jpg' and '/export/p1/a\.jpg'"
    ):
        finder.find('/export/p2/a.jpg')


def test_a_name_in_two_places_is_refused_unless_it_is_one_picture(tmp_path):
    files(tmp_path, 'x/a.jpg', 'y/a.jpg')
    with pytest.raises(InputError, match=r'two places, .*x.a\.jpg and .*y.a\.jpg'):
        find_image('a.jpg', [tmp_path])
    (tmp_path / 'y' / 'a.jpg').write_text('x/a.jpg')
    assert find_image('a.jpg', [tmp_path]) == tmp_path / 'x' / 'a.jpg'


@pytest.mark.parametrize(
    ('label', 'folder'),
    [
        ('person_keypoints_val2017', 'val2017'),
        ('person_keypoints_my_set', 'images/my_set'),
        ('validation', 'images/val'),
    ],
)
def test_the_label_file_names_the_folder(tmp_path, label, folder):
    files(tmp_path, f'{folder}/a.jpg', 'train/a.jpg', 'images/other/a.jpg')
    assert find_image('a.jpg', [tmp_path], label) == tmp_path / folder / 'a.jpg'


@pytest.mark.parametrize(
    ('file', 'image'),
    [
        ('a.json', 'i.jpg'),
        ('a.json', 'images/i.jpg'),
        ('a.json', 'images/default/i.jpg'),
        ('labels.json', 'deep/i.jpg'),
        ('annotations/a.json', 'images/i.jpg'),
        ('annotations/a.json', 'i.jpg'),
        ('annotations/a_train2017.json', 'train2017/i.jpg'),
        ('some/a.json', 'images/i.jpg'),
    ],
)
@pytest.mark.parametrize('from_folder', [False, True])
def test_exporters_folders(tmp_path, file, image, from_folder):
    files(tmp_path, file, image)
    finder = finder_beside(tmp_path / file, tmp_path if from_folder else None)
    assert finder.find('i.jpg') == tmp_path / image
