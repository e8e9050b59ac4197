"""The commands as a user runs them, on two dozen synthetic heads and a tiny network."""

import csv
import json
import re
import shutil
import subprocess
import sys

import fork_server
import pytest
import torch
from PIL import Image
from tests_support import ROOT, one_line_error

from mmlandmark.cli.main import COMMANDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def trained(run_command, tiny_config, prepared, tmp_path_factory):
    """A work folder with two epochs of training."""
    work_dir = tmp_path_factory.mktemp('trained')
    done = run_command('train', tiny_config, '--data', prepared, '--work-dir', work_dir,
                    '--load-from', 'none')  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        len(re.findall(r'Epoch\(val\) +\[\d\].*ceph/MRE_px: [\d.]+', done.stdout)) == 2
    )
    return work_dir


def measure(run_command, config, prepared, work_dir, out, *more, **kwargs):
    done = run_command('test', config, '--data', prepared, '--work-dir', work_dir,
                    '--out', out, *more, **kwargs)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text()), done.stdout


def test_prepare(run_command, photo_pickle, tmp_path):
    arguments = ('photo-pickle', '--src', photo_pickle, '--out', tmp_path / 'photo')
    done = run_command('prepare', *arguments)
    assert done.returncode == 0, done.stderr
    assert 'scheme photo19; train 17, val 2, test 5' in done.stdout.replace('\n', ' ')
    assert '0 images skipped' in done.stdout
    again = run_command('prepare', *arguments)
    assert 'exists already' in one_line_error(again)


def test_train_then_test(run_command, tiny_config, prepared, trained, tmp_path):
    (best,) = trained.glob('best_ceph_MRE_px_epoch_*.pth')
    result, screen = measure(
        run_command, tiny_config, prepared, trained, tmp_path / 'metrics.json',
        '--per-image', tmp_path / 'errors.csv', '--mean-shape',
    )  # fmt: skip
    assert result['checkpoint'] == str(best)
    assert len(result['checkpoint_sha256']) == 64
    assert result['images'] == 5
    assert result['config'] == str(tiny_config)
    assert result['dataset'] == str(prepared / 'test.json')
    metrics = result['metrics']
    assert metrics.keys() >= {'ceph/MRE_px', 'ceph/MRE_px_SD', 'ceph/SDR@2.0px'}
    assert 0 < result['mean_shape']['MRE_px'] < 40
    assert 'Gonion' in screen
    assert 'mean training shape' in screen
    assert 'annotator' not in screen
    assert 'per_annotator' not in result
    with (tmp_path / 'errors.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * 19
    mean = sum(float(row['error_px']) for row in rows) / len(rows)
    assert mean == pytest.approx(metrics['ceph/MRE_px'], abs=1e-3)


def test_against_each_annotator(run_command, tiny_config, prepared, trained, tmp_path):
    """The senior set the truth, the junior lies 10 pixels to the left of it."""
    own = tmp_path / 'photo'
    shutil.copytree(prepared, own)
    data = json.loads((own / 'test.json').read_text())
    for annotation in data['annotations']:
        flat = annotation['keypoints']
        points = list(zip(flat[::3], flat[1::3], strict=True))
        annotation['annotators'] = dict(
            senior=points, junior=[(x - 10, y) for x, y in points]
        )
    (own / 'test.json').write_text(json.dumps(data))
    result, screen = measure(
        run_command, tiny_config, own, trained, tmp_path / 'metrics.json'
    )
    assert 'The model against each annotator' in screen
    tables = result['per_annotator']
    assert list(tables) == ['mean of both', 'senior', 'junior']
    expected = {f'ceph/{key}': value for key, value in tables['senior'].items()}
    assert expected == pytest.approx(result['metrics'], rel=1e-4)
    assert abs(tables['junior']['MRE_px'] - tables['senior']['MRE_px']) <= 10
    assert tables['junior'] != tables['senior']


def test_inference_on_a_folder(run_command, tiny_config, prepared, trained, tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    Image.new('RGB', (80, 60)).save(folder / 'colour.jpg')
    Image.new('I;16', (60, 80)).save(folder / 'deep.png')
    (folder / 'bad.png').write_bytes(b'no picture')
    (checkpoint,) = trained.glob('best_*.pth')
    done = run_command('predict', '--img', folder, '--config', tiny_config,
                    '--checkpoint', checkpoint, '--out', tmp_path / 'out')  # fmt: skip
    assert done.returncode == 1, done.stderr  # for the file that was skipped
    assert '2 images' in done.stdout
    assert 'skipped' in done.stdout
    for name, size in (('colour', (60, 80)), ('deep', (80, 60))):
        points = json.loads((tmp_path / 'out' / f'{name}.json').read_text())
        assert len(points['predictions'][0]['points']) == 19
        with (tmp_path / 'out' / f'{name}.csv').open() as file:
            rows = list(csv.DictReader(file))
        assert [row['landmark'] for row in rows][:2] == ['sella', 'nasion']
        overlay = Image.open(tmp_path / 'out' / f'{name}_overlay.png')
        assert overlay.width * size[0] == overlay.height * size[1]


def test_a_calibrated_model_says_how_far_off_its_points_are(
    run_command, tiny_config, prepared, trained, tmp_path
):
    (best,) = trained.glob('best_*.pth')
    checkpoint = shutil.copy(best, tmp_path / 'best.pth')
    image = next((prepared / 'images').iterdir())
    arguments = (tiny_config, checkpoint, '--data', prepared)
    picture = ('--reliability', tmp_path / 'reliability.png')
    refused = run_command('test', *arguments, *picture)
    assert 'is not calibrated: run mmlandmark calibrate' in one_line_error(refused)
    plain = ('--cfg-options', 'model.head.type=SchemeHeatmapHead')
    refused = run_command('calibrate', *arguments, *plain)
    assert 'predicts no expected errors of its heatmaps' in one_line_error(refused)
    assert '2 images are too few' in one_line_error(
        run_command('calibrate', *arguments)
    )
    learnt = ('calibrate', *arguments, '--split', 'train')
    refused = one_line_error(run_command(*learnt))
    assert re.search(
        r'17 of the 17 images of \S*train\.json are used in training', refused
    )
    pretended = ('--cfg-options', 'train_dataloader.dataset.ann_file=val.json')
    done = run_command(*learnt, *pretended)
    assert done.returncode == 0, done.stderr
    assert 'observed px' in done.stdout
    values = json.loads((tmp_path / 'calibration.json').read_text())
    assert (values['images'], values['split']) == (17, str(prepared / 'train.json'))
    assert len(values['factors']) == 19
    done = run_command('test', *arguments, *picture, '--out', tmp_path / 'metrics.json')
    assert done.returncode == 0, done.stderr
    assert 'Expected errors, in increasing order' in done.stdout
    report = json.loads((tmp_path / 'metrics.json').read_text())['reliability']
    assert sum(row['n'] for row in report['bins']) == 5 * 19
    assert (tmp_path / 'reliability.png').is_file()
    done = run_command('predict', '--img', image, '--config', tiny_config,
                    '--checkpoint', checkpoint, '--out', tmp_path / 'out',
                    '--mm-per-px', 0.5, '--low-confidence-mm', 0.001)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '19 points of low confidence' in done.stdout
    with (tmp_path / 'out' / f'{image.stem}.csv').open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        in_mm = 0.5 * float(row['expected_error'])
        assert float(row['expected_error_mm']) == pytest.approx(in_mm, abs=0.01)
        assert row['low_confidence'] == 'True'


def test_a_picture_without_a_face_is_reported(run_command, tmp_path):
    Image.effect_noise((120, 90), 60).save(tmp_path / 'noise.png')
    done = run_command(
        'predict', '--img', tmp_path, '--model', 'face68', '--out', tmp_path / 'out'
    )
    assert done.returncode == 0, done.stderr
    assert 'no face found in noise.png' in done.stdout
    found = json.loads((tmp_path / 'out' / 'noise.json').read_text())
    assert found['predictions'] == []
    assert (tmp_path / 'out' / 'noise.csv').read_text() == 'landmark,x,y,score\n'
    assert (tmp_path / 'out' / 'noise_overlay.png').is_file()


def test_curves_and_contact_sheets(
    run_command, tiny_config, prepared, trained, tmp_path
):
    done = run_command('curves', trained, '--out', tmp_path / 'curves.png')
    assert done.returncode == 0, done.stderr
    assert 'ceph/MRE_px' in done.stdout
    for flags in ((), ('--augmented',)):
        sheet = tmp_path / f'sheet{len(flags)}.png'
        done = run_command('browse', tiny_config, '--data', prepared,
                        '--count', 5, '--out', sheet, *flags)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert Image.open(sheet).size == (2000, 1000)


def weights(work_dir, epoch):
    return torch.load(work_dir / f'epoch_{epoch}.pth', weights_only=True)


def test_a_killed_training_resumes_with_the_same_result(
    run_command, tiny_config, prepared, tmp_path
):
    """Four epochs at once, and four with a kill -9 in the third, end the same."""
    train = (tiny_config, '--data', prepared, '--load-from', 'none')
    options = ('--cfg-options', 'train_cfg.max_epochs=4', 'param_scheduler.1.T_max=4')
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    done = run_command('train', *train, '--work-dir', whole, *options)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, 'tools/train.py', *train, '--work-dir', killed, *options]
    fork_server.kill_when((killed / 'last_checkpoint').is_file, command)
    assert not (killed / 'epoch_4.pth').exists()
    done = run_command('train', *train, '--work-dir', killed, '--resume', *options)
    assert done.returncode == 0, done.stderr
    a, b = weights(whole, 4), weights(killed, 4)
    assert a['meta']['epoch'] == b['meta']['epoch'] == 4
    for name, tensor in a['state_dict'].items():
        assert torch.equal(tensor, b['state_dict'][name]), name
    best = [sorted(p.name for p in run.glob('best_*')) for run in (whole, killed)]
    assert best[0] == best[1]


TORCHRUN = (
    *(sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2'),
    '--master-port=29577',
)


def test_two_processes_train_and_test_with_the_same_figures(
    run_command, tiny_config, prepared, tmp_path
):
    """BatchNorm counts per process, so it is frozen; everything else must agree."""
    options = (
        *('--cfg-options', 'model.backbone.norm_eval=True', 'randomness.seed=1'),
        # augmentation is drawn per process: leave it out
        *('train_dataloader.dataset.pipeline.2.rotate_prob=0',),
        *('train_dataloader.dataset.pipeline.2.scale_prob=0',),
        *('train_dataloader.dataset.pipeline.2.shift_prob=0',),
        *('train_dataloader.dataset.pipeline.4.prob=0',),
        # both sides see the same global batch of four, and no ragged last one
        *('train_dataloader.drop_last=True', 'model.head.conv_out_channels=None'),
        *('model.head.conv_kernel_sizes=None',),
        # Adam would blow rounding errors of tiny gradients up to whole steps
        *('optim_wrapper.optimizer.type=SGD', 'optim_wrapper.optimizer.lr=0.01'),
    )
    train = (tiny_config, '--data', prepared, '--load-from', 'none')
    one, two = tmp_path / 'one', tmp_path / 'two'
    done = run_command('train', *train, '--work-dir', one, *options)
    assert done.returncode == 0, done.stderr
    done = run_command(
        'train', *train, '--work-dir', two, '--launcher', 'pytorch', *options,
        'train_dataloader.batch_size=2', launcher=TORCHRUN,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    a, b = weights(one, 2)['state_dict'], weights(two, 2)['state_dict']
    for name, tensor in a.items():
        torch.testing.assert_close(tensor, b[name], rtol=1e-3, atol=1e-4, msg=name)
    figures = []
    for work_dir, more in (
        (one, {}),
        (one, dict(launcher=TORCHRUN)),
    ):
        flags = ('--launcher', 'pytorch') if more else ()
        result, _ = measure(
            run_command, tiny_config, prepared, work_dir, tmp_path / 'metrics.json',
            *flags, *options, **more,
        )  # fmt: skip
        figures.append(result['metrics'])
    assert figures[1] == pytest.approx(figures[0], rel=1e-5)


#: The demo starts these in new interpreters; other tests fork them after the imports.
STARTED_BY_DEMO = {'prepare', 'train', 'test', 'predict', 'curves'}


#: Executes every import of each module, in functions too, in a process of its own. They are
#: forked once the slowest packages are imported, none of them ours.
IMPORTS = """
import ast, gc, os, sys
import mmlandmark.compat.activate, mmengine.runner, mmpose.apis
gc.freeze()  # or every process looks through all of it in the end
for path in sys.argv[1:]:
    if not os.fork():
        tree = ast.parse(open(path).read())
        names = {'__package__': 'mmlandmark.cli', '__name__': 'mmlandmark.cli.imports'}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                exec(compile(ast.Module([node], []), path, 'exec'), names)
        print('imported', os.path.basename(path), flush=True)
        os._exit(0)
    if status := os.wait()[1]:
        print('failed:', path, status)
"""


def test_a_new_interpreter_imports_what_each_command_needs():
    modules = {name: name.replace('-', '_') for name in COMMANDS}
    names = sorted(set(COMMANDS) - STARTED_BY_DEMO - {'demo'})
    paths = [str(ROOT / 'mmlandmark' / 'cli' / f'{modules[n]}.py') for n in names]
    done = subprocess.run(
        [sys.executable, '-u', '-c', IMPORTS, *paths], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert 'failed:' not in done.stdout, done.stderr
    imported = re.findall(r'^imported (\w+)\.py', done.stdout, re.M)
    assert imported == [modules[name] for name in names]


def test_the_scripts_that_users_of_mmpose_type(run_tool, tmp_path):
    """All scripts in tools/ start a command; the other tests run ``mmlandmark``."""
    Image.effect_noise((120, 90), 60).save(tmp_path / 'a.png')
    for tool, words, message in (
        ('train', ('none.py',), 'no config at none.py'),
        ('test', ('none.py',), 'no config at none.py'),
        ('inference', ('--img', tmp_path / 'b.png'), 'no image at'),
    ):
        assert message in one_line_error(run_tool(tool, *words))
    done = run_tool('inference', '--img', tmp_path / 'a.png', '--model', 'ceph19',
                    '--out', tmp_path / 'out')  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'out' / 'a.json').is_file()


def test_demo(run_command, tmp_path):
    # six interpreters, one after the other
    done = run_command('demo', '--heads', 30, '--epochs', 1, '--data', tmp_path / 'data',
                    '--out', tmp_path / 'out', real=True,
                    limit=2 * fork_server.LIMIT)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {*re.findall(r'^   mmlandmark (\w+)', done.stdout, re.M)} == STARTED_BY_DEMO
    assert re.search(r'test MRE of the model +[\d.]+ px', done.stdout)
    assert re.search(r'test MRE of the mean training shape +[\d.]+ px', done.stdout)
    assert (tmp_path / 'out' / 'curves.png').is_file()
    assert list((tmp_path / 'out').glob('*_overlay.png'))


def test_real_radiographs_prepare_and_load(run_command, isbi2015, tmp_path):
    done = run_command('prepare', 'isbi2015', '--src', isbi2015,
                    '--out', tmp_path / 'isbi', '--max-side', 320)  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = json.loads((tmp_path / 'isbi' / 'dataset.json').read_text())['splits']
    assert counts == dict(train=120, val=30, test1=150, trainval=150)
    image = json.loads((tmp_path / 'isbi' / 'val.json').read_text())['images'][0]
    assert image['sample_id'] == '121'
    # 2400 rows of 0.1 mm are now 320 rows
    assert image['pixel_spacing'] == pytest.approx([0.75, 0.75], rel=1e-3)
