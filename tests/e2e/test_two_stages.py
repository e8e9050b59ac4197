"""The second stage as a user trains, resumes, measures and runs it."""

import json

import pytest
import torch
from PIL import Image
from tests_support import ROOT, one_line_error, save_untrained

pytestmark = pytest.mark.slow

REFINED = ROOT / 'tests' / 'tiny_refined.py'
COARSE_TO_FINE = ROOT / 'tests' / 'tiny_coarse_to_fine.py'


@pytest.fixture(scope='module')
def detector(tiny_config, tmp_path_factory):
    """The work folder of an untrained detector."""
    folder = tmp_path_factory.mktemp('detector')
    save_untrained(tiny_config, folder / 'best_tiny.pth')
    return folder


@pytest.mark.parametrize(
    ('config', 'printed'),
    [
        (REFINED, 'errors of the detector, on 2 images it was not trained on'),
        (COARSE_TO_FINE, 'detector: loaded'),
    ],
)
def test_train_resume_test_and_inference(
    run_command, detector, prepared, tmp_path, config, printed
):
    whole, resumed = tmp_path / 'whole', tmp_path / 'resumed'
    train = ('train', config, '--data', prepared)
    named = ('--cfg-options', f'model.detector_checkpoint={detector}')
    done = run_command(*train, '--work-dir', whole, *named)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout
    resumed.mkdir()
    (resumed / 'epoch_1.pth').write_bytes((whole / 'epoch_1.pth').read_bytes())
    done = run_command(*train, '--work-dir', resumed, '--resume', *named)
    assert done.returncode == 0, done.stderr
    a, b = (
        torch.load(run / 'epoch_2.pth', weights_only=True)['state_dict']
        for run in (whole, resumed)
    )
    for name, tensor in a.items():
        assert torch.equal(tensor, b[name]), name
    kept = torch.load(detector / 'best_tiny.pth', weights_only=True)['state_dict']
    for name, tensor in kept.items():
        assert torch.equal(tensor, a[f'detector.{name}']), name

    out = tmp_path / 'metrics.json'
    done = run_command('test', config, '--data', prepared, '--work-dir', whole,
                    '--mean-shape', '--out', out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())['images'] == 5

    Image.new('RGB', (80, 60)).save(tmp_path / 'a.png')
    done = run_command('predict', '--img', tmp_path / 'a.png', '--config', whole,
                    '--out', tmp_path / 'points')  # fmt: skip
    assert done.returncode == 0, done.stderr
    points = json.loads((tmp_path / 'points' / 'a.json').read_text())
    assert len(points['predictions'][0]['points']) == 19


def test_without_the_first_stage(run_command, prepared, tmp_path):
    work_dir = tmp_path / 'run'
    named = ('--cfg-options', f'model.detector_checkpoint={tmp_path}/none')
    done = run_command(
        'train', REFINED, '--data', prepared, '--work-dir', work_dir, *named
    )
    line = one_line_error(done)
    assert 'train first' in line
    assert 'model.detector_checkpoint' in line
    assert not list(work_dir.glob('*.pth'))
