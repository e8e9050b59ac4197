"""Label files of every format, damaged: an InputError of one line, and nothing else."""

import json

import numpy as np
import pytest
from mutations import mutated
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import (
    read_csv,
    read_cvat,
    read_dlib_xml,
    read_isbi2015,
    read_label_studio,
    read_wflw,
)
from mmlandmark.formats.faces.ibug300w import read_pts
from mmlandmark.formats.faces.mat300wlp import read_aflw2000_3d
from mmlandmark.formats.parts import read_lapa_points
from mmlandmark.formats.photo_pickle import read_photo_pickle
from mmlandmark.schemes import PHOTO19, Scheme
from mmlandmark.structures.sample import ReadReport

SCHEME = Scheme('two', ('a', 'b'), ('a', 'b'))


def csv_file(folder):
    text = 'sep=;\nimage;face;a_x;a_y;a_v;b_x;b_y;split\na.png;1;1;2;2;3;4;train\n'
    return text + 'a.png;2;1;2;0;;;train\nb.png;1;5,5;6;2;NaN;nan;val\n'


def long_csv(folder):
    return (
        'image,landmark,x,y,person\na.png,a,1,2,Ann\na.png,b,3,4,Ann\nb.png,a,5,6,Bo\n'
    )


def gray_csv(folder):
    return 'a_x,a_y,Image\n1,2,1 2 3 4\n3,4,5 6 7 8\n'


def cvat(folder):
    shapes = (
        '<points label="a" points="1.5,2" outside="0"/><points label="b" points="3,4"/>'
    )
    labels = '<meta><label><name>a</name><type>points</type></label></meta>'
    images = ''.join(
        f'<image name="{name}" subset="Train" width="40" height="30">{shapes}</image>'
        for name in ('a.png', 'b')
    )
    return f'<annotations><version>1.1</version>{labels}{images}</annotations>'


def label_studio(folder):
    about = dict(original_width=40, original_height=30, image_rotation=0)
    box = dict(x=1, y=2, width=30, height=40, rectanglelabels=['head'])
    result = [dict(about, id='r', type='rectanglelabels', value=box)]
    for name in 'ab':
        value = dict(x=12.5, y=50, width=0.5, keypointlabels=[name])
        kind = dict(id=name, type='keypointlabels', parentID='r')
        result.append(dict(about, **kind, value=value))
    done = dict(result=result, was_cancelled=False, updated_at='2026')
    data = dict(
        image='/data/local-files/?d=x/a.png', pixel_spacing=[0.1, 0.2], split='val'
    )
    return json.dumps([dict(id=1, data=data, annotations=[done])])


def dlib(folder):
    parts = ''.join(f'<part name="{i:02d}" x="{i}" y="{2 * i}"/>' for i in range(4))
    box = f'<box left="1" top="2" width="30" height="20">{parts}</box>'
    image = f'<image file="a.png" width="40" height="30">{box}</image>'
    return f'<dataset><images>{image}</images></dataset>'


def pts(folder):
    lines = '\n'.join(f'{i}.5 {2 * i}' for i in range(6))
    return f'version: 1\nn_points: 6\n{{\n{lines}\n}}\n'


def wflw(folder):
    (folder / 'WFLW_images').mkdir(exist_ok=True)
    Image.new('L', (40, 30)).save(folder / 'WFLW_images' / 'a.png')
    return ' '.join(['3.5'] * 196 + ['1', '2', '30', '20', *'010101', 'a.png']) + '\n'


def isbi(folder):
    (folder / 'RawImage' / 'TrainingData').mkdir(parents=True, exist_ok=True)
    Image.new('L', (40, 30)).save(folder / 'RawImage' / 'TrainingData' / '001.bmp')
    text = '\n'.join(f'{i},{i + 1}' for i in range(19))
    for who in ('senior', 'junior'):
        (folder / f'400_{who}').mkdir(exist_ok=True)
        (folder / f'400_{who}' / '001.txt').write_text(text)
    return text


def lapa(folder):
    return '106\n' + '\n'.join(f'{i} {i + 1.5}' for i in range(106))


def names(folder):
    np.save(folder / 'points68_3d.npy', np.ones((2, 68, 3)))
    return 'a.png\nb.png\n'


def photo_json(folder):
    columns = {
        f'{p}_{axis}': {0: 1.5, 1: None} for p in PHOTO19.points for axis in 'xy'
    }
    columns |= dict(patient_id={0: 1, 1: 2}, set={0: 'train', 1: 'dev'})
    return json.dumps(dict(columns, Image={0: [1, 2, 3], 1: [4]}))


def csv(path, report):
    return read_csv(path, report=report)


# what makes the file, where it lies, and what reads it
FORMATS = {
    'csv': (csv_file, 'p.csv', csv),
    'long csv': (long_csv, 'p.csv', csv),
    'gray csv': (gray_csv, 'p.csv', csv),
    'cvat': (cvat, 'a.xml', lambda p, report: read_cvat(p, SCHEME, report)),
    'label studio': (
        label_studio,
        'a.json',
        lambda p, report: read_label_studio(p, SCHEME, report),
    ),
    'dlib': (dlib, 'train.xml', lambda p, report: read_dlib_xml(p, report, count=4)),
    'pts': (pts, 'a.pts', lambda p, report: read_pts(p)),
    'wflw': (wflw, 'list_98pt_rect_attr_train.txt', read_wflw),
    'isbi': (
        isbi,
        '400_junior/001.txt',
        lambda p, report: read_isbi2015(p.parent.parent, report),
    ),
    'lapa': (lapa, 'a.txt', lambda p, report: read_lapa_points(p)),
    'names': (names, 'names.txt', lambda p, report: read_aflw2000_3d(p.parent, report)),
    'photo json': (photo_json, 'a.json', read_photo_pickle),
}


@pytest.mark.parametrize(('make', 'name', 'read'), FORMATS.values(), ids=FORMATS)
def test_a_damaged_file_is_read_or_told(tmp_path, make, name, read):
    for picture in ('a.png', 'b.png'):
        Image.new('L', (40, 30), ord(picture[0])).save(tmp_path / picture)
    whole = make(tmp_path).encode()
    path = tmp_path / name
    random = np.random.default_rng(0)
    texts = [whole.decode().encode(code) for code in ('utf-8-sig', 'utf-16', 'utf-32')]
    path.write_bytes(whole.replace(b'5,5', b'5.5'))
    read(path, ReadReport())  # it is right before it is damaged
    for data in (*texts, *(mutated(whole, random) for _ in range(150))):
        path.write_bytes(data)
        report, messages = ReadReport(), []
        try:
            read(path, report)
        except InputError as error:
            messages.append(str(error))
        messages += [why for _, why in report.skipped]
        assert not [why for why in messages if '\n' in why]
