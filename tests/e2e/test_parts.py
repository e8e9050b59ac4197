"""Three light networks trained, compared, released and used on drawn faces."""

import csv
import json

import drawn_faces
import fork_server
import numpy as np
import pytest
from PIL import Image
from tests_support import one_line_error

pytest.importorskip('mmseg', reason='mmsegmentation, the extra parts, is not installed')
pytestmark = pytest.mark.slow

NAMES = [f'fasseg_{network}' for network in ('unet', 'segnet', 'pspnet')]
SHORT = ['train_cfg.max_epochs=1', 'train_cfg.val_interval=1']
SHORT += ['train_dataloader.batch_size=2']  # there are few
SHORT += [f'{part}_dataloader.num_workers=0' for part in ('train', 'val', 'test')]


@pytest.fixture(scope='module')
def fasseg(tmp_path_factory):
    return drawn_faces.write_fasseg(tmp_path_factory.mktemp('fasseg'), frontal=4)


@pytest.fixture(scope='module')
def compared(run_command, fasseg, tmp_path_factory):
    """The folder of a comparison, and what the tool printed."""
    out = tmp_path_factory.mktemp('compared')
    done = run_command(
        *('compare', *NAMES, '--data', fasseg, '--out', out, '--cfg-options', *SHORT),
        forks=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def test_three_networks_and_their_mean(compared):
    out, printed = compared
    assert printed.count(', done\n') == 3
    with (out / 'comparison.csv').open() as file:
        *rows, mean = csv.DictReader(file)
    assert [row['config'] for row in rows] == NAMES
    assert mean['config'] == 'mean of all'
    sizes = [int(row['parameters']) for row in rows]
    assert int(mean['parameters']) == sum(sizes)
    assert all(1_500_000 < size < 3_500_000 for size in sizes)
    for row in (*rows, mean):
        assert 0 < float(row['mIoU']) < 100
        assert 0 < float(row['RMSE']) < 1
    gain = float(mean['mIoU']) - max(float(row['mIoU']) for row in rows)
    text = (out / 'comparison.md').read_text()
    assert 'Different conditions' not in text
    assert f'mean of all: {gain:+.2f} mIoU over ' in text
    assert 'images: 2; ' in text  # frontal 4 and person 03
    assert 'grid: original pixels' in text
    for name in ('comparison.png', 'comparison_parts.png'):
        assert Image.open(out / name).width > 500


def test_occluded_faces(run_command, compared, fasseg, tmp_path):
    out, _ = compared
    (tmp_path / 'list.txt').write_text('multipose/personne03152+0+90\n')
    done = run_command(
        *('test', out / 'fasseg_pspnet', '--out', tmp_path / 'metrics.json'),
        *('--occluded', '0.2', '--occluded-list', tmp_path / 'list.txt'),
    )
    assert done.returncode == 0, done.stderr
    assert 'Per part' in done.stdout
    found = json.loads((tmp_path / 'metrics.json').read_text())
    clean, covered, drop, others, listed, gap = found['occluded']
    assert covered[''] == '20 % covered'
    assert drop['mIoU'] == pytest.approx(covered['mIoU'] - clean['mIoU'])
    assert gap['accuracy'] == pytest.approx(listed['accuracy'] - others['accuracy'])
    assert found['grid'] == 'original pixels'
    assert [row['part'] for row in found['per_landmark']][5] == 'eyes'


def test_released_and_used(run_command, compared, fasseg, tmp_path):
    out, _ = compared
    done = run_command(
        *('release', out / 'fasseg_unet', '--name', 'drawn6', '--data', 'drawn faces'),
        *('--licence', 'ours', '--recipe', 'train.py', '--out', tmp_path),
        *('--metrics', out / 'fasseg_unet' / 'metrics.json'),
    )
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / 'drawn6.json').read_text())
    assert card['bytes'] < 10_000_000
    assert card['config']['parts'] == 'fasseg6'

    photographs = fasseg / 'frontal_train' / 'images'
    done = run_command(
        *('predict', '--img', photographs, '--model', out / 'fasseg_unet'),
        *('--checkpoint', tmp_path / 'drawn6.onnx', '--out', tmp_path / 'found'),
    )
    assert done.returncode == 0, done.stderr
    assert '4 images: labels' in done.stdout
    labels = Image.open(tmp_path / 'found' / '2_parts.png')
    assert labels.mode == 'P'
    assert np.array(labels).shape == (60, 50)
    assert Image.open(tmp_path / 'found' / '2_overlay.png').height == 600
    coco = json.loads((tmp_path / 'found' / 'parts.json').read_text())
    assert [i['file_name'] for i in coco['images']] == [
        '1.jpg',
        '2.jpg',
        '3.jpg',
        '4.jpg',
    ]


def test_lapa_from_end_to_end(run_command, tmp_path):
    data = drawn_faces.write_lapa(tmp_path / 'lapa', count=2)
    light = [f'model.decode_head.{key}=16' for key in ('in_channels', 'channels')]
    options = ['model.backbone.base_channels=16', *light, *SHORT]
    common = ('--data', data, '--work-dir', tmp_path / 'run', '--cfg-options', *options)
    done = run_command('train', 'lapa_unet', *common, limit=2 * fork_server.LIMIT)
    assert done.returncode == 0, done.stderr
    done = run_command('test', 'lapa_unet', '--out', tmp_path / 'metrics.json', *common)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / 'metrics.json').read_text())
    assert (found['images'], len(found['per_landmark'])) == (2, 11)
    assert 0 < found['metrics']['parts/mIoU'] < 100


@pytest.mark.parametrize(
    ('labels', 'message'),
    [
        (np.full((60, 50), 6, np.uint8), 'has the value 6: labels are 0 to 5'),
        (np.zeros((50, 60), np.uint8), 'is 60x50, its photograph 50x60'),
    ],
)
def test_bad_labels_are_said_in_a_line(run_command, tmp_path, labels, message):
    data = drawn_faces.write_fasseg(tmp_path / 'data', frontal=4)
    Image.fromarray(labels).save(data / 'frontal_train' / 'labels' / '2.png')
    run = tmp_path / 'run'
    done = run_command(
        *('train', 'fasseg_unet', '--data', data, '--work-dir', run),
        *('--cfg-options', *SHORT),
    )
    assert message in one_line_error(done)


def test_too_few_for_a_batch(run_command, fasseg, tmp_path):
    done = run_command(
        *('train', 'fasseg_unet', '--data', fasseg, '--work-dir', tmp_path / 'run')
    )
    assert '5 training images do not fill a batch of 16' in one_line_error(done)


def test_what_is_of_the_other_kind_is_refused(run_command, compared, tmp_path):
    out, _ = compared
    parts = out / 'fasseg_unet'
    image = tmp_path / 'a.png'
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(image)
    for arguments, message in (
        (('test', parts, '--sheet', tmp_path / 'a.png'), '--sheet is not for a config of'),
        (('test', 'face68', '--occluded', '0.2'), '--occluded is not for a config of'),
        (('predict', '--img', image, '--model', 'face68', '--landmarks', 'face68'),
         '--landmarks is for face parts'),
        (('predict', '--img', image, '--model', parts, '--backend', 'openvino'),
         'runs exported files and released parsers'),
    ):  # fmt: skip
        assert message in one_line_error(run_command(*arguments))
