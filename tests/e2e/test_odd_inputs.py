"""Inputs as people export them, each through the command that reads it.

Every row is a fault that gave a wrong value, or stopped, without saying so: names that lose
signs, sizes that label files claim, exporters' folders, missing points, encodings, ids, bit
depth and gray sense, frame times, silent omissions. The tests contain the correct values.
"""

import csv
import json
import struct
import sys
import unicodedata
from collections import Counter

import cv2
import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT, save_untrained
from tiff_files import PHOTOMETRIC, tiff_bytes

import mmlandmark.engine.register  # noqa: F401
from mmlandmark import InputError
from mmlandmark.cli import main
from mmlandmark.datasets import CSVKeypointDataset
from mmlandmark.formats import read_csv
from mmlandmark.io.load import load_image

SIZE = (64, 48)
ALL_IN_TRAIN = ('--val', '0', '--test', '0')


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command as from the shell; its status and all that it printed."""

    def run(*words):
        monkeypatch.setattr(sys, 'argv', ['mmlandmark', *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def picture(path, size=SIZE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    gradient = np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)
    Image.fromarray(gradient).convert('RGB').save(path, **options)


def entry(number, name, size=SIZE, **more):
    return dict(id=number, file_name=name, width=size[0], height=size[1], **more)


def labelled(number, image, triples, **more):
    values = dict(id=number, image_id=image, category_id=1, bbox=[5, 5, 30, 30])
    return values | dict(keypoints=triples, area=1, iscrowd=0) | more


def coco(path, names, points=('a', 'b'), size=SIZE, pictures=None, **more):
    """A COCO file whose image i has its k-th point at (10 + i + 3 k, 12 + 2 k)."""
    images, annotations = [], []
    for i, name in enumerate(names):
        images.append(entry(i + 1, name, size, **more))
        triples = [(10 + i + 3 * k, 12 + 2 * k, 2) for k in range(len(points))]
        annotations.append(labelled(i + 1, i + 1, [v for t in triples for v in t]))
    category = dict(id=1, name='head', keypoints=list(points), skeleton=[])
    values = dict(images=images, annotations=annotations, categories=[category])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding='utf-8')
    for name in names if pictures is None else pictures:
        picture(path.parent / name)
    return values


def prepared(command, folder, *options, kind='coco', source=None, status=0):
    """Prepare a folder; what was printed, and each part's annotations by file."""
    out = folder.parent / 'out'
    words = ('prepare', kind, '--src', source or folder, '--out', out, *options)
    found, printed = command(*words)
    assert found == status, printed
    parts = {
        part: json.loads((out / f'{part}.json').read_text(encoding='utf-8'))
        for part in ('train', 'val', 'test')
        if (out / f'{part}.json').is_file()
    }
    return printed, parts


def images(parts):
    return {part: len(values['images']) for part, values in parts.items()}


def triples(part):
    return [annotation['keypoints'] for annotation in part['annotations']]


CVAT = (
    '<annotations><version>1.1</version><meta><task><labels>{labels}</labels></task></meta>'
    '{images}</annotations>'
)
CVAT_LABEL = '<label><name>{}</name><type>points</type></label>'
CVAT_IMAGE = (
    '<image id="{number}" name="{name}" width="64" height="48"><points label="{label}" '
    'occluded="0" points="{points}"></points></image>'
)


def cvat(folder, labels, rows, suffix=''):
    """CVAT's XML of images with one label each; rows are name, label, points."""
    text = CVAT.format(
        labels=''.join(map(CVAT_LABEL.format, labels)),
        images=''.join(
            CVAT_IMAGE.format(number=i, name=name, label=label, points=points)
            for i, (name, label, points) in enumerate(rows)
        ),
    )
    folder.mkdir(parents=True)
    (folder / 'annotations.xml').write_text(text, encoding='utf-8')
    for name, _, _ in rows:
        picture(folder / 'images' / f'{name}{suffix}')
    return folder / 'annotations.xml'


def test_cvat_labels_that_differ_by_a_prime(tmp_path, command):
    rows = [('i0.jpg', 'Pog', '10,20'), ('i1.jpg', 'Pog&#x27;', '40,25')]
    source = cvat(tmp_path / 'in', ['Pog', 'Pog&#x27;'], rows)
    _, parts = prepared(
        command, tmp_path / 'in', *ALL_IN_TRAIN, kind='cvat', source=source
    )
    assert parts['train']['categories'][0]['keypoints'] == ['Pog', "Pog'"]
    # CVAT counts from the corner of the first pixel, not from its centre
    assert triples(parts['train']) == [
        [9.5, 19.5, 2, 0, 0, 0],
        [0, 0, 0, 39.5, 24.5, 2],
    ]


def test_coco_points_that_differ_by_a_prime(tmp_path, command):
    coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg'], ('N', 'N`', 'Pog', 'Pog`'))
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert len(parts['train']['categories'][0]['keypoints']) == 4
    assert triples(parts['train'])[0] == [10, 12, 2, 13, 14, 2, 16, 16, 2, 19, 18, 2]


@pytest.mark.parametrize(('name', 'measured'), [('N`', False), ('N', True)])
def test_soft_tissue_nasion_is_not_nasion(tmp_path, command, name, measured):
    places = dict(S=(314, 923), A=(1015, 1290), B=(1019, 1603), Go=(376, 1537))
    places |= {'Me': (945, 1770), name: (938, 770)}
    points = [dict(name=n, x=x, y=y) for n, (x, y) in places.items()]
    file = dict(predictions=[dict(points=points, spacing=[0.1, 0.1])])
    (tmp_path / 'p.json').write_text(json.dumps(file))
    picture(tmp_path / 'radiograph.png', (1400, 2000))
    out = tmp_path / 'out.csv'
    status, printed = command(
        *(
            'report',
            '--img',
            tmp_path / 'radiograph.png',
            '--points',
            tmp_path / 'p.json',
        ),
        *('--out', out),
    )
    assert status == 0, printed
    with out.open(newline='', encoding='utf-8') as file:
        (sna,) = [r for r in csv.DictReader(file) if r['measurement'] == 'SNA']
    # from N (938, 770) to S (314, 923) and to A (1015, 1290)
    assert sna['value'] == ('84.65' if measured else '')
    assert ('needs N (nasion)' in sna['not_available']) != measured


def test_labels_of_a_picture_twice_as_large(tmp_path, command):
    coco(tmp_path / 'in/a.json', ['i0.jpg'], size=(128, 96))
    printed, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    # pixel centres: (10 + 0.5) / 2 - 0.5
    assert triples(parts['train'])[0][:3] == [4.75, 5.75, 2]
    assert 'points were scaled' in printed


def test_labels_of_the_picture_before_its_exif_turn(tmp_path, command):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: (x, y) becomes (47 - y, x)
    coco(tmp_path / 'in/a.json', ['i0.jpg'], pictures=())
    picture(tmp_path / 'in/i0.jpg', exif=exif)
    printed, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert triples(parts['train'])[0][:3] == [35, 10, 2]
    assert 'EXIF' in printed


def test_folders_of_cvat_coco_keypoints(tmp_path, command):
    names = ['i0.jpg', 'i1.jpg']
    coco(tmp_path / 'in/annotations/person_keypoints_default.json', names, pictures=())
    for name in names:
        picture(tmp_path / 'in/images/default' / name)
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)


def test_folders_of_coco_2017(tmp_path, command):
    for part in ('train', 'val'):
        names = [f'{part}0.jpg', f'{part}1.jpg']
        file = tmp_path / f'in/annotations/person_keypoints_{part}2017.json'
        coco(file, names, pictures=())
        for name in names:
            picture(tmp_path / f'in/{part}2017' / name)
    _, parts = prepared(command, tmp_path / 'in')
    assert images(parts) == dict(train=2, val=2)


def test_folders_of_roboflow(tmp_path, command):
    for part in ('train', 'valid', 'test'):
        names = [f'{part}0.jpg', f'{part}1.jpg']
        coco(tmp_path / f'in/{part}/_annotations.coco.json', names)
    _, parts = prepared(command, tmp_path / 'in')
    assert images(parts) == dict(train=2, val=2, test=2)


def test_parts_called_training_and_validation(tmp_path, command):
    coco(tmp_path / 'in/training.json', [f't{i}.jpg' for i in range(8)])
    coco(tmp_path / 'in/validation.json', [f'v{i}.jpg' for i in range(4)])
    _, parts = prepared(command, tmp_path / 'in')
    names = sorted(image['file_name'] for image in parts['val']['images'])
    assert [name[:2] for name in names] == ['v0', 'v1', 'v2', 'v3']
    assert len(parts['train']['images']) == 8


def test_coco_with_a_byte_order_mark(tmp_path, command):
    coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg'])
    text = (tmp_path / 'in/a.json').read_text(encoding='utf-8')
    (tmp_path / 'in/a.json').write_text(text, encoding='utf-8-sig')
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)


def test_backslashes_in_names(tmp_path, command):
    names = ['images\\i0.jpg', 'images\\i1.jpg']
    coco(tmp_path / 'in/a.json', names, pictures=())
    for name in ('i0.jpg', 'i1.jpg'):
        picture(tmp_path / 'in/images' / name)
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)


def test_a_patient_that_is_null_is_nobody(tmp_path, command):
    coco(tmp_path / 'in/a.json', [f'i{i}.jpg' for i in range(12)], patient_id=None)
    _, parts = prepared(command, tmp_path / 'in')
    assert images(parts) == dict(train=8, val=2, test=2)


def table(folder, header, rows):
    folder.mkdir(parents=True, exist_ok=True)
    lines = [header, *rows]
    (folder / 'points.csv').write_text('\n'.join(lines) + '\n', encoding='utf-8')
    for i in range(len(rows)):
        picture(folder / f'a{i}.jpg')
    return folder / 'points.csv'


def test_minus_one_in_a_csv_is_missing(tmp_path):
    rows = [f'a{i}.jpg,{"10,20" if i % 2 else "-1,-1"},30,12' for i in range(10)]
    path = table(tmp_path, 'image,nose_x,nose_y,chin_x,chin_y', rows)
    dataset = CSVKeypointDataset(data_root=str(path), split='train', box='image')
    for sample in dataset:
        even = int(sample['img_path'][-5]) % 2 == 0
        assert sample['keypoints_visible'].tolist() == [[0.0 if even else 1.0, 1.0]]


@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
def test_white_is_zero_is_inverted(tmp_path, kind):
    ramp = np.linspace(0, np.iinfo(kind).max, 64).astype(kind)
    (tmp_path / 'w.tif').write_bytes(
        tiff_bytes(np.tile(ramp, (48, 1)), {PHOTOMETRIC: 0})
    )
    row = load_image(tmp_path / 'w.tif').pixels[0]
    assert (row[0], row[-1]) == (255, 0)


def test_colour_of_16_bits_is_mapped_as_gray_is(tmp_path):
    gray = np.linspace(0, 2500, 64 * 48).reshape(48, 64).astype(np.uint16)
    cv2.imwrite(str(tmp_path / 'gray.png'), gray)
    cv2.imwrite(str(tmp_path / 'colour.png'), np.dstack([gray] * 3))
    assert load_image(tmp_path / 'gray.png').pixels.max() == 255
    assert load_image(tmp_path / 'colour.png').pixels.max() == 255


def test_a_float_image_with_nan_is_refused(tmp_path):
    values = np.linspace(0, 1, 64 * 48).reshape(48, 64).astype(np.float32)
    values[3, 4] = np.nan
    (tmp_path / 'nan.tif').write_bytes(tiff_bytes(values))
    with pytest.raises(InputError, match=r'nan\.tif.* not finite'):
        load_image(tmp_path / 'nan.tif')


@pytest.fixture(scope='module')
def tiny_face(tmp_path_factory):
    """Options of an untrained detector of 19 points, and where its results go."""
    folder = tmp_path_factory.mktemp('tiny')
    config = ROOT / 'tests' / 'tiny.py'
    weights = save_untrained(config, folder / 'tiny.pth')
    return ('--config', config, '--checkpoint', weights, '--device', 'cpu')


def test_a_folder_holds_webp_and_jfif(tmp_path, command, tiny_face):
    picture(tmp_path / 'in/a.jpg')
    picture(tmp_path / 'in/b.webp')
    picture(tmp_path / 'in/c.jfif', format='JPEG')
    out = tmp_path / 'out.jsonl'
    status, printed = command(
        'predict', '--img', tmp_path / 'in', *tiny_face, '--results', out
    )
    assert status == 0, printed
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r['image'][-6:] for r in records] == ['/a.jpg', 'b.webp', 'c.jfif']


def clip(path, frames=20, fps=10):
    # changes from frame to frame, so that every frame has bytes of its own
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, SIZE)
    noise = np.random.default_rng(0).integers(0, 255, (frames, 48, 64, 3), np.uint8)
    for frame in noise:
        writer.write(frame)
    writer.release()
    return bytearray(path.read_bytes())


def atom(data, name):
    """Where an MP4 box begins and how long it is."""
    start = data.index(name.encode()) - 4
    return start, struct.unpack('>I', data[start : start + 4])[0]


def slow_half(path):
    """The frames after the tenth last five times as long: two entries of ``stts``."""
    data = clip(path)
    start, size = atom(data, 'stts')
    count, duration = struct.unpack('>II', data[start + 16 : start + 24])
    assert (size, count) == (24, 20)
    entries = struct.pack('>IIII', 10, duration, 10, 5 * duration)
    data[start : start + size] = struct.pack('>I4sII', 32, b'stts', 0, 2) + entries
    for parent in ('moov', 'trak', 'mdia', 'minf', 'stbl'):
        place, length = atom(data, parent)
        assert place > atom(data, 'mdat')[0]  # the frames stay where they are
        data[place : place + 4] = struct.pack('>I', length + 8)
    edits, _ = atom(data, 'elst')
    data[edits + 16 : edits + 20] = struct.pack(
        '>I', 6000
    )  # all of them are shown, in ms
    path.write_bytes(data)


def test_frame_times_are_the_containers(tmp_path, command, tiny_face):
    slow_half(tmp_path / 'vfr.mp4')
    out = tmp_path / 'out.jsonl'
    status, printed = command(
        *('video', tmp_path / 'vfr.mp4', *tiny_face, '--results', out),
    )
    assert status == 0, printed
    seconds = [json.loads(line)['seconds'] for line in out.read_text().splitlines()]
    # ten frames of 0.1 s, then frames of 0.5 s
    assert seconds[5] == pytest.approx(0.5, abs=1e-3)
    assert seconds[10] == pytest.approx(1.0, abs=1e-3)
    assert seconds[19] == pytest.approx(1.0 + 9 * 0.5, abs=1e-3)


def test_a_video_that_ends_early_is_reported(tmp_path, command, tiny_face):
    data = clip(tmp_path / 'cut.mp4')
    start, size = atom(data, 'mdat')
    # the index stays, the second half of the frames is not there
    data[start + size // 2 : start + size] = bytes(size - size // 2)
    (tmp_path / 'cut.mp4').write_bytes(data)
    out = tmp_path / 'out.jsonl'
    status, printed = command(
        *('video', tmp_path / 'cut.mp4', *tiny_face, '--results', out),
    )
    assert status == 1
    assert 'ends early: it states 20 frames' in printed
    assert 0 < len(out.read_text().splitlines()) < 20


def test_boxes_without_a_size_are_counted(tmp_path, command):
    values = coco(tmp_path / 'in/a.json', [f'i{i}.jpg' for i in range(12)])
    for annotation in values['annotations']:
        annotation['bbox'] = [0, 0, 0, 0]
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    printed, parts = prepared(command, tmp_path / 'in')
    assert images(parts) == dict(train=8, val=2, test=2)
    assert any(line.strip().startswith('12 boxes') for line in printed.splitlines()), (
        printed
    )


def test_two_heads_in_an_image_are_reported(tmp_path, command):
    values = coco(tmp_path / 'in/a.json', [f'i{i}.jpg' for i in range(12)])
    second = [
        labelled(20 + i, i + 1, [40, 30, 2, 44, 33, 2], bbox=[35, 25, 20, 20])
        for i in range(12)
    ]
    values['annotations'] += second
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    printed, _ = prepared(command, tmp_path / 'in')
    (line,) = [
        line for line in printed.splitlines() if 'annotation' in line and '12' in line
    ]
    assert 'box' in line


def test_coco_of_mmpose_faces_names_no_points(tmp_path, command):
    size = (256, 192)
    points = tuple(f'{k}' for k in range(68))
    values = coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg'], points, size, ())
    for name in ('i0.jpg', 'i1.jpg'):
        picture(tmp_path / 'in' / name, size)
    del values['categories'][0]['keypoints']
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN, '--scheme', 'ibug68')
    assert images(parts) == dict(train=2)
    assert triples(parts['train'])[1][:6] == [11, 12, 2, 14, 14, 2]


def test_an_id_of_two_images_is_refused(tmp_path, command):
    values = coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg', 'i2.jpg'])
    values['images'][1]['id'] = 1
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    printed, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN, status=2)
    assert not parts
    assert 'id 1' in printed


def test_an_annotation_of_no_image_names_both_ends(tmp_path, command):
    values = coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg'])
    for annotation in values['annotations']:
        annotation['image_id'] += 100
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    printed, _ = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN, status=2)
    assert 'annotation 1' in printed
    assert '101' in printed


def test_of_two_kinds_the_annotated_one_is_read(tmp_path, command):
    values = coco(tmp_path / 'in/a.json', ['i0.jpg', 'i1.jpg', 'i2.jpg'])
    values['categories'].append(dict(id=2, name='hand', keypoints=['thumb']))
    values['annotations'][2] |= dict(category_id=2, keypoints=[1, 2, 2])
    (tmp_path / 'in/a.json').write_text(json.dumps(values))
    printed, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)
    assert 'hand' in printed
    printed, parts = prepared(
        command, tmp_path / 'in', *ALL_IN_TRAIN, '--category', 'hand', '--overwrite'
    )
    assert triples(parts['train']) == [[1, 2, 2]]


def test_one_cvat_shape_of_several_points(tmp_path, command):
    rows = [('i0.jpg', 'a', '10,20;30,25;22,33'), ('i1.jpg', 'a', '11,20;30,25;22,33')]
    source = cvat(tmp_path / 'in', ['a'], rows)
    _, parts = prepared(
        command, tmp_path / 'in', *ALL_IN_TRAIN, kind='cvat', source=source
    )
    assert parts['train']['categories'][0]['keypoints'] == ['a 1', 'a 2', 'a 3']
    assert triples(parts['train'])[1] == [10.5, 19.5, 2, 29.5, 24.5, 2, 21.5, 32.5, 2]


def test_cvat_frames_of_a_video_have_no_suffix(tmp_path, command):
    rows = [(f'frame_00000{i}', 'a', '10,20') for i in range(2)]
    source = cvat(tmp_path / 'in', ['a'], rows, suffix='.png')
    _, parts = prepared(
        command, tmp_path / 'in', *ALL_IN_TRAIN, kind='cvat', source=source
    )
    assert images(parts) == dict(train=2)


def test_names_that_are_dicom_uids(tmp_path, command):
    names = ['1.2.840.1', '1.2.840.2']
    coco(tmp_path / 'in/a.json', names, pictures=())
    for name in names:
        picture(tmp_path / 'in' / name, format='JPEG')
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)
    kept = Counter(image['file_name'] for image in parts['train']['images'])
    assert set(kept.values()) == {1}


def test_names_in_another_unicode_form(tmp_path, command):
    names = ['Zähne0.jpg', 'Zähne1.jpg']
    composed = [unicodedata.normalize('NFC', name) for name in names]
    coco(tmp_path / 'in/a.json', composed, pictures=())
    for name in names:
        picture(tmp_path / 'in' / unicodedata.normalize('NFD', name))
    _, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)


def test_the_columns_of_a_box_are_no_point(tmp_path):
    rows = [f'a{i}.jpg,5,5,30,30,10,20' for i in range(10)]
    path = table(tmp_path, 'image,bbox_x,bbox_y,bbox_w,bbox_h,nose_x,nose_y', rows)
    assert read_csv(path).points == ('nose',)


def test_other_json_beside_the_annotations(tmp_path, command):
    coco(tmp_path / 'in/keypoints.json', ['i0.jpg', 'i1.jpg'])
    nothing = dict(images=[], annotations=[], categories=[])
    (tmp_path / 'in/captions.json').write_text(json.dumps(nothing))
    printed, parts = prepared(command, tmp_path / 'in', *ALL_IN_TRAIN)
    assert images(parts) == dict(train=2)
    assert 'captions.json' in printed


def test_absolute_paths_of_another_machine(tmp_path):
    rows = [f'C:\\faces\\a{i}.jpg,10,20' for i in range(10)]
    path = table(tmp_path, 'image,nose_x,nose_y', rows)
    assert len(read_csv(path, images=tmp_path).samples) == 10
