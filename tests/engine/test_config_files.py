"""Packaged configs are found by name from anywhere, and copies find their bases."""

import re

import pytest
from mmengine.config import Config
from tests_support import one_line_error

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.config import load_config
from mmlandmark.engine.config_files import (
    CONFIGS,
    base_path,
    config_file,
    config_text,
    copy_config,
    list_configs,
)


@pytest.mark.parametrize('name', list_configs())
def test_a_copy_is_the_same_config(name, tmp_path):
    copy_config(name, tmp_path / 'my.py')
    copied = Config.fromfile(tmp_path / 'my.py')
    assert copied.to_dict() == Config.fromfile(CONFIGS / f'{name}.py').to_dict()


def test_names_and_copies_work_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copy_config('ceph_hrnetv2', tmp_path / 'my.py')
    copied, packaged = load_config('my.py'), load_config('ceph_hrnetv2')
    assert copied.pop('work_dir') == 'work_dirs/my'
    assert packaged.pop('work_dir') == 'work_dirs/ceph_hrnetv2'
    assert copied.to_dict() == packaged.to_dict()


def test_the_text_of_a_copy():
    text = config_text('csv_resnet18_faces')
    source = (CONFIGS / 'csv_resnet18_faces.py').read_text()
    assert text.replace('mmlandmark::', '') == source
    assert re.search(r"^_base_ = .*'mmlandmark::csv_resnet18\.py'", text, re.M)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('ceph_hrnetv3', 'did you mean ceph_hrnetv2 or '),
        ('ceph20', 'did you mean ceph19'),
        ('xyz', 'or the name of a packaged config'),
        ('configs_elsewhere/ceph_hrnetv2.py', 'did you mean ceph_hrnetv2, its name'),
        (3, 'a name or a path, not 3'),
    ],
)
def test_a_wrong_name(name, message):
    for find in (config_file, LandmarkDetector):
        with pytest.raises(InputError, match=message):
            find(name)


def test_bases_outside_the_package_are_refused():
    assert base_path('../other.py') is None
    assert base_path('mmlandmark::csv_cnn2.py') == CONFIGS / 'csv_cnn2.py'
    for name in ('mmlandmark::../setup.py', 'mmlandmark::no_such.py'):
        with pytest.raises(InputError, match='no packaged config'):
            base_path(name)


def test_the_command(run_command, tmp_path):
    done = run_command('config', '--list')
    assert done.stdout.split() == list_configs()
    assert run_command('config', 'csv_cnn2').stdout == config_text('csv_cnn2')
    out = tmp_path / 'my.py'
    for _ in range(2):
        done = run_command('config', 'csv_cnn2', '--out', out)
    assert f'{out} exists already' in one_line_error(done)
    assert '(--overwrite)' in one_line_error(done)
    assert out.read_text() == config_text('csv_cnn2')
    done = run_command('config', 'csv_cnn2', '--out', tmp_path / 'my.txt')
    assert 'is not a .py file' in one_line_error(done)
    assert 'not a packaged config' in one_line_error(run_command('config', 'ceph19'))
    assert 'or --list' in one_line_error(run_command('config'))
