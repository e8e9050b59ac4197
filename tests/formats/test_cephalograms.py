"""Cephalometric data sets, in generated files of the layout of their public code."""

import json
import zlib

import numpy as np
import pytest
from mutations import mutated
from PIL import Image

from mmlandmark import InputError
from mmlandmark.cephalometry.measure import measure
from mmlandmark.cli import prepare
from mmlandmark.formats import (
    read_aariz,
    read_cepha29,
    read_cldetection2023,
    read_cldetection2024,
)
from mmlandmark.formats.coco import read_coco
from mmlandmark.formats.detect import detect
from mmlandmark.io.mha_stack import open_stack
from mmlandmark.schemes import (
    AARIZ29,
    CLDETECTION38,
    CLDETECTION53,
    ISBI19,
    get_scheme,
    name_key,
)
from mmlandmark.schemes.ceph_names import symbols_of
from mmlandmark.structures.sample import ReadReport

SIZE = (80, 60)
TABLE = 'cephalogram_machine_mappings.csv'


def aariz_labels(one, shift):
    """An annotation file; the symbols of soft-tissue points have a backquote."""
    rows = [
        dict(
            landmark_id=f'{i:02d}',
            title=title,
            symbol=label.replace("'", '`'),
            value=dict(x=10 + i + shift, y=20 + i),
        )
        for i, (title, label) in enumerate(
            zip(AARIZ29.points, AARIZ29.labels, strict=True)
        )
    ]
    return json.dumps(
        dict(ceph_id=one, landmarks=rows, dataset_name='CEPHA29', reviewed_at='')
    )


@pytest.fixture
def aariz(tmp_path):
    rows = ['cephalogram_id,machine,pixel_size,image_format,mode']
    for number, (folder, mode) in enumerate(
        (('train', 'Train'), ('valid', 'Valid'), ('test', 'Test'))
    ):
        one = f'cks2ip8fq{number}'
        labels = tmp_path / folder / 'Annotations'
        (tmp_path / folder / 'Cephalograms').mkdir(parents=True)
        Image.new('L', SIZE).save(tmp_path / folder / 'Cephalograms' / f'{one}.png')
        for who, shift in (('Senior', 0), ('Junior', 2)):
            path = labels / 'Cephalometric Landmarks' / f'{who} Orthodontists'
            path.mkdir(parents=True)
            (path / f'{one}.json').write_text(aariz_labels(one, shift))
        (labels / 'CVM Stages').mkdir()
        stage = dict(ceph_id=one, cvm_stage=dict(id='x', title='CS', value=number + 1))
        (labels / 'CVM Stages' / f'{one}.json').write_text(json.dumps(stage))
        rows.append(f'{one},Machine {number},0.{number + 1},png,{mode}')
    (tmp_path / TABLE).write_text('\n'.join(rows) + '\n')
    return tmp_path


def test_aariz(aariz):
    samples = read_aariz(aariz)
    assert [s.split for s in samples] == ['train', 'val', 'test']
    assert [s.spacing.pair for s in samples] == [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]
    first = samples[0]
    # the mean of 10 and 12
    assert first.points[0].tolist() == [11, 20]
    assert first.extra['annotators']['junior'][28].tolist() == [40, 48]
    assert (first.extra['machine'], first.extra['cvm_stage']) == ('Machine 0', 1)


def test_aariz_in_another_part_than_its_table_says(aariz):
    text = (aariz / TABLE).read_text().replace('Test', 'Train')
    (aariz / TABLE).write_text(text)
    report = ReadReport()
    assert len(read_aariz(aariz, report)) == 2
    assert "says that it is of 'train'" in report.skipped[0][1]


def test_aariz_without_a_row(aariz):
    lines = (aariz / TABLE).read_text().splitlines()
    (aariz / TABLE).write_text('\n'.join(lines[:-1]))
    report = ReadReport()
    assert read_aariz(aariz, report)[2].spacing is None
    assert sum(report.counts.values()) == 1


@pytest.mark.parametrize(
    'damage', ['', '{}', '{"landmarks": [{}]}', '{"landmarks": 3}']
)
def test_aariz_with_a_damaged_file(aariz, damage):
    path = next(aariz.glob('train/Annotations/Ceph*/Senior*/*.json'))
    path.write_text(damage)
    report = ReadReport()
    assert len(read_aariz(aariz, report)) == 2
    assert '\n' not in report.skipped[0][1]
    with pytest.raises(InputError):
        read_aariz(aariz)


def test_machine_and_stage_are_in_the_prepared_file(aariz, tmp_path_factory):
    out = tmp_path_factory.mktemp('prepared') / 'out'
    is_prepared('aariz', aariz, AARIZ29, out)
    (image,) = json.loads((out / 'train.json').read_text())['images']
    assert (image['machine'], image['cvm_stage']) == ('Machine 0', 1)
    (sample,) = read_coco(out / 'train.json', AARIZ29)
    assert sample.extra['machine'] == 'Machine 0'
    assert sample.extra['cvm_stage'] == 1


@pytest.mark.parametrize('stage', [[1], 1.5, True, {'value': [2]}])
def test_a_stage_of_another_type_is_told(aariz, stage):
    path = next(aariz.glob('train/Annotations/CVM Stages/*.json'))
    path.write_text(json.dumps(dict(cvm_stage=stage)))
    report = ReadReport()
    assert len(read_aariz(aariz, report)) == 2
    assert 'its cvm_stage is' in report.skipped[0][1]


@pytest.fixture
def cepha29(aariz):
    """As the challenge's code has it: other case, no table, symbols alone."""
    (aariz / TABLE).unlink()
    for folder in ('train', 'valid', 'test'):
        (aariz / folder).rename(aariz / folder.capitalize())
    for path in aariz.glob('Train/Annotations/Ceph*/*/*.json'):
        data = json.loads(path.read_text())
        data['landmarks'] = [
            dict(symbol=row['symbol'], value=row['value']) for row in data['landmarks']
        ]
        path.write_text(json.dumps(data))
    for path in aariz.glob('Valid/Annotations/Ceph*/Junior*/*.json'):
        path.unlink()
    for path in aariz.glob('Test/Annotations/Ceph*/*/*.json'):
        path.unlink()
    return aariz


def test_cepha29(cepha29):
    assert detect(cepha29).name == 'cepha29'
    report = ReadReport()
    first, second = read_cepha29(cepha29, report)
    # the mean of 10 and 12, and the senior annotation alone
    assert first.points[0].tolist() == [11, 20]
    assert second.points[0].tolist() == [10, 20]
    assert sorted(second.extra['annotators']) == ['senior']
    assert (first.split, second.split) == ('train', 'val')
    assert first.spacing is None
    assert sorted(report.counts.values()) == [1, 2]
    assert report.counts['radiographs left out, without an annotation'] == 1


def test_cepha29_reads_aariz_alike(aariz):
    for one, other in zip(read_aariz(aariz), read_cepha29(aariz), strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        assert (one.spacing, one.split) == (other.spacing, other.split)


def test_a_symbol_of_each_point_of_aariz():
    places = AARIZ29.places()
    found = [places.get(name_key(label)) for label in AARIZ29.labels]
    assert found == list(range(29))


def mha(images, compressed):
    """A stack as SimpleITK writes it."""
    count, height, width, _ = images.shape
    data = images.tobytes()
    head = (
        f'ObjectType = Image\nNDims = 3\nBinaryData = True\n'
        f'BinaryDataByteOrderMSB = False\nCompressedData = {compressed}\n'
        f'TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n'
        f'CenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n'
        f'ElementSpacing = 1 1 1\nDimSize = {width} {height} {count}\n'
        f'ElementNumberOfChannels = 3\nElementType = MET_UCHAR_ARRAY\n'
        f'ElementDataFile = LOCAL\n'
    )
    return head.encode() + (zlib.compress(data) if compressed else data)


def write_cld(folder, compressed):
    images = np.zeros((2, 60, 80, 3), np.uint8)
    images[0, :50, :70] = 100
    images[1, :45, :60] = 200
    (folder / 'train_stack.mha').write_bytes(mha(images, compressed))
    points = [
        dict(name=str(k), point=[k + 1, k + n, n], scale=scale)
        for n, scale in ((1, '0.1'), (2, '0.125'))
        for k in range(1, 39)
    ]
    version = dict(major=1, minor=0)
    values = dict(name='Orthodontic landmarks', type='Multiple points', points=points)
    (folder / 'train-gt.json').write_text(json.dumps(dict(values, version=version)))
    return folder


@pytest.fixture(params=[False, True], ids=['plain', 'compressed'])
def cld(tmp_path, request):
    return write_cld(tmp_path, request.param)


@pytest.fixture
def packed(tmp_path):
    return write_cld(tmp_path, True)


def test_cl_detection_2023(cld):
    samples = read_cldetection2023(cld)
    # the zeros of the padding are cut off
    assert [s.image.shape for s in samples] == [(50, 70, 3), (45, 60, 3)]
    assert [s.spacing.pair for s in samples] == [(0.1, 0.1), (0.125, 0.125)]
    assert samples[1].points[[0, 37]].tolist() == [[2, 3], [39, 40]]
    assert {s.split for s in samples} == {None}
    np.testing.assert_array_equal(np.unique(samples[1].image), [200])


def test_an_image_that_is_black_is_skipped(cld):
    path = cld / 'train-gt.json'
    path.write_text(path.read_text().replace(', 2]', ', 7]'))
    report = ReadReport()
    assert len(read_cldetection2023(cld, report)) == 1
    assert report.skipped == [('image 7', 'there is no image 7')]


def test_a_stack_that_is_cut_off(cld):
    path = cld / 'train_stack.mha'
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match='is cut off'):
        open_stack(path)


def test_images_that_were_extracted(cld):
    (cld / 'train_stack.mha').unlink()
    (cld / 'images').mkdir()
    for n in (1, 2):
        Image.new('L', SIZE).save(cld / 'images' / f'{n}.bmp')
    assert [s.image.name for s in read_cldetection2023(cld)] == ['1.bmp', '2.bmp']


@pytest.fixture
def cld2024(tmp_path):
    """A table with the columns and the first rows of the baseline's README."""
    folder = tmp_path / 'Training Set'
    (folder / 'images').mkdir(parents=True)
    heads = [f'p{i}{axis}' for i in range(1, 54) for axis in 'xy']
    rows = [['image file', 'spacing(mm)', *heads]]
    for name, x, y in (('001.bmp', 35, 36), ('003.bmp', 20, 21)):
        Image.new('L', SIZE).save(folder / 'images' / name)
        places = [v for i in range(53) for v in (x + i % 5, y)]
        rows.append([name, '0.1', *map(str, places)])
    (folder / 'labels.csv').write_text('\n'.join(map(','.join, rows)) + '\n')
    return folder


@pytest.mark.parametrize('above', [False, True])
def test_cl_detection_2024(cld2024, above):
    root = cld2024.parent if above else cld2024
    assert detect(root).name == 'cl-detection-2024'
    first, second = read_cldetection2024(root)
    assert first.points.shape == (53, 2)
    assert first.points[[0, 1, 52]].tolist() == [[35, 36], [36, 36], [37, 36]]
    assert (first.id, second.id) == ('001', '003')
    assert first.spacing.pair == (0.1, 0.1)
    assert first.split is None


def test_two_points_of_cl_detection_2024_have_names():
    assert CLDETECTION53.points[19] == 'point 20'
    symbols = symbols_of(CLDETECTION53.points)
    assert symbols[:2] == ('S', 'N')
    assert {*symbols[2:]} == {None}
    places = CLDETECTION53.places()
    assert (places['p7'], places['p2'], places['nasion']) == (6, 1, 1)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('003.bmp,0.1,', '003.bmp,0,', 'its spacing is'),
        ('003.bmp,0.1,20,', '003.bmp,0.1,x,', "'x' is not a number"),
        ('003.bmp,0.1,20,', '003.bmp,0.1,,', 'point 1 lacks a coordinate'),
        ('003.bmp', '002.bmp', "no image '002.bmp'"),
        ('003.bmp', '../001.bmp', 'nothing outside is read'),
        ('003.bmp', '001.bmp', "'001.bmp' has two rows"),
    ],
)
def test_a_row_of_cl_detection_2024_that_is_skipped(cld2024, old, new, message):
    path = cld2024 / 'labels.csv'
    path.write_text(path.read_text().replace(old, new))
    report = ReadReport()
    assert len(read_cldetection2024(cld2024, report)) == 1
    ((where, why),) = report.skipped
    assert where == 'labels.csv line 3'
    assert message in why
    with pytest.raises(InputError, match='line 3'):
        read_cldetection2024(cld2024)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        (',p53x,p53y', '', 'it lacks p53x'),
        ('p1x,p1y', 'p1y,p1x', 'its columns are not image file'),
        ('\n003.bmp', '\n003.bmp,7', 'line 3 has 109 cells, 108 are needed'),
    ],
)
def test_another_table_is_refused(cld2024, old, new, message):
    path = cld2024 / 'labels.csv'
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        read_cldetection2024(cld2024)


def test_missing_points_of_cl_detection_2024(cld2024):
    path = cld2024 / 'labels.csv'
    path.write_text(path.read_text().replace('001.bmp,0.1,35,36', '001.bmp,0.1,,'))
    assert np.isnan(read_cldetection2024(cld2024)[0].points[:, 0]).sum() == 1


@pytest.mark.parametrize('scheme', [AARIZ29, CLDETECTION38], ids=lambda s: s.name)
def test_points_have_the_symbols_that_measurements_take(scheme):
    symbols = symbols_of(scheme.points)
    assert None not in symbols
    assert len(set(symbols)) == len(scheme)
    assert get_scheme(scheme.name) is scheme


def test_measurements_take_the_points_of_aariz():
    """SNA of points at right angles."""
    points = np.full((29, 2), np.nan)
    for title, place in (('Sella', (0, 0)), ('Nasion', (10, 0)), ('A-point', (10, 10))):
        points[AARIZ29.points.index(title)] = place
    found = measure(points, 'aariz29')
    assert found['SNA'].value == pytest.approx(90)


def test_the_first_points_of_cl_detection_are_those_of_isbi():
    assert CLDETECTION38.points[:19] == ISBI19.points
    assert CLDETECTION38.places()['7'] == ISBI19.points.index('Pogonion')


@pytest.mark.parametrize(
    ('number', 'name', 'symbol'),
    [
        *(('13', 'upper lip', 'Ls'), ('20', 'D point', 'D'), ('21', 'U1A', 'U1A')),
        *(('24', 'Ptm', 'Ptm'), ('28', 'Pt point', 'Pt'), ('29', 'Bolton point', 'Bo')),
        *(('30', "UL'", "UL'"), ('33', "Me'", "Me'"), ('36', 'cervical point', 'C')),
        ('38', 'lower molar mesial contact point', 'L6M'),
    ],
)
def test_the_names_that_the_organisers_give(number, name, symbol):
    """The list in the README of github.com/cwwang1979/CL-detection2023."""
    places = CLDETECTION38.places()
    assert places[number] == places[name_key(name)] == int(number) - 1
    assert symbols_of(CLDETECTION38.points)[int(number) - 1] == symbol


DAMAGED = {
    'aariz': ('aariz', 'train/**/Senior*/*.json', read_aariz),
    'aariz, table': ('aariz', TABLE, read_aariz),
    'aariz, stage': ('aariz', 'train/**/CVM*/*.json', read_aariz),
    'cepha29': ('cepha29', '**/*enior*/*.json', read_cepha29),
    'cl-detection 2023': ('packed', 'train-gt.json', read_cldetection2023),
    'cl-detection 2023, images': ('packed', 'train_stack.mha', read_cldetection2023),
    'cl-detection 2024': ('cld2024', 'labels.csv', read_cldetection2024),
}


@pytest.mark.parametrize(('data', 'file', 'read'), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_of_a_set_is_read_or_told(request, data, file, read):
    root = request.getfixturevalue(data)
    path = next(root.glob(file))
    whole, random = path.read_bytes(), np.random.default_rng(0)
    messages = []
    for _ in range(100):
        path.write_bytes(mutated(whole, random))
        report = ReadReport()
        try:
            for sample in read(root, report):
                assert sample.points.shape[1] == 2
        except InputError as error:
            messages.append(str(error))
        messages += [why for _, why in report.skipped]
    assert messages
    assert not [why for why in messages if '\n' in why]


def test_aariz_is_prepared(aariz, tmp_path_factory):
    is_prepared('aariz', aariz, AARIZ29, tmp_path_factory.mktemp('prepared') / 'out')


def test_cldetection_is_prepared(cld, tmp_path_factory):
    out = tmp_path_factory.mktemp('prepared') / 'out'
    is_prepared('cl-detection-2023', cld, CLDETECTION38, out)


def test_cepha29_is_prepared(aariz, tmp_path_factory):
    is_prepared('cepha29', aariz, AARIZ29, tmp_path_factory.mktemp('prepared') / 'out')


def test_cldetection_2024_is_prepared(cld2024, tmp_path_factory):
    out = tmp_path_factory.mktemp('prepared') / 'out'
    is_prepared('cl-detection-2024', cld2024, CLDETECTION53, out)


def is_prepared(name, src, scheme, out):
    words = [name, '--src', str(src), '--out', str(out)]
    prepare.main(
        prepare.build_parser().parse_args([*words, '--val', '0', '--test', '0'])
    )
    (image,) = json.loads((out / 'train.json').read_text())['images'][:1]
    assert image['pixel_spacing'] == [0.1, 0.1]
    assert (out / 'images' / image['file_name']).is_file() or (
        out / image['file_name']
    ).is_file()
    assert get_scheme(out / 'scheme.json').points == scheme.points
