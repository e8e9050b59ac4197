import argparse
import errno
import os
import pickle
import signal
import subprocess
import sys

import pytest
import torch
from tests_support import ROOT

from mmlandmark import InputError, doctor
from mmlandmark.cli import common as cli


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (InputError('no image at x'), 'error: no image at x'),
        (
            # how a data-loading worker hands an error over
            InputError(
                'Caught InputError in DataLoader worker process 0.\nOriginal Traceback '
                '(most recent call last):\n  ...\nmmlandmark.errors.InputError: x is bad\n'
            ),
            'error: x is bad',
        ),
        (
            PermissionError(13, 'Permission denied', '/x/y'),
            'error: Permission denied: /x/y',
        ),
        (OSError(errno.EBADF, 'Bad file descriptor'), 'error: Bad file descriptor'),
        (OSError('no codec for it'), 'error: no codec for it'),
        (
            OSError(errno.ENOSPC, 'No space left on device'),
            'error: No space left on device',
        ),
    ],
)
def test_a_users_mistake_is_one_line(capsys, error, line):
    def main():
        raise error

    with pytest.raises(SystemExit) as stop:
        cli.run(main)
    assert stop.value.code == 2
    assert capsys.readouterr().err == line + '\n'


def test_ctrl_c_ends_with_a_status_of_its_own(capsys):
    def main():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        cli.run(main)
    assert stop.value.code == 130
    assert capsys.readouterr().err == 'error: stopped\n'


@pytest.mark.parametrize(('returned', 'status'), [(None, 0), (0, 0), (1, 1)])
def test_the_status_is_the_one_that_a_command_returns(returned, status):
    with pytest.raises(SystemExit) as stop:
        cli.run(lambda: returned)
    assert stop.value.code == status


@pytest.mark.parametrize(
    ('arguments', 'options', 'ending'),
    [
        (dict(out=None, overwrite=True), ('out', 'overwrite'), ' (--out, --overwrite)'),
        (dict(load_from='none'), ('load_from',), ' (--load-from none)'),
        (dict(spacing=None), ('mm_per_px', 'img'), ' (--mm-per-px)'),
        (dict(images=None), ('images', 'img'), ' (--images)'),
        (dict(images=None), ('img',), ' (--img)'),
        (dict(spacing=None), ('img',), ''),  # this command has no such option
        ({}, ('img',), ''),
    ],
)
def test_a_command_names_its_options_for_arguments(capsys, arguments, options, ending):
    error = pickle.loads(
        pickle.dumps(InputError('it is so', **arguments))
    )  # a worker's

    def main():
        raise error

    with pytest.raises(SystemExit):
        cli.run(main, options=dict.fromkeys(options))
    assert capsys.readouterr().err == f'error: it is so{ending}\n'


PRINTS = """
from mmlandmark.cli import common
common.run(lambda: print('\\u00b1 1' + {more}))
"""


def start(more='""', **kwargs):
    """A process whose command prints a plus-minus sign and more."""
    return subprocess.Popen(
        [sys.executable, '-c', PRINTS.format(more=more)], text=True, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs,
    )  # fmt: skip


def test_an_output_that_is_not_utf_8():
    process = start(env=os.environ | dict(PYTHONIOENCODING='ascii'))
    assert process.communicate() == ('\\xb1 1\n', '')
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == 'win32', reason='it has no such pipes')
@pytest.mark.parametrize('more', ['""', '"x" * 1_000_000'])
def test_an_output_that_nobody_reads(more):
    process = start(more)
    process.stdout.close()
    assert process.stderr.read() == ''
    assert process.wait() == 141


def test_a_broken_pipe_elsewhere_is_reported(capsys):
    def main():
        raise BrokenPipeError(errno.EPIPE, 'Broken pipe')

    with pytest.raises(SystemExit) as stop:
        cli.run(main)
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: Broken pipe\n'


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='no /dev/full here')
def test_a_full_disk_is_one_line(capsys):
    def main():
        with open('/dev/full', 'w') as file:
            file.write('x' * 100_000)

    with pytest.raises(SystemExit) as stop:
        cli.run(main)
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: No space left on device\n'


class Killed(torch.utils.data.Dataset):
    """Ends the process that reads it, as a system out of memory does."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGTERM if os.name == 'nt' else signal.SIGKILL)


def test_a_killed_data_worker_is_one_line(capsys):
    def main():
        next(iter(torch.utils.data.DataLoader(Killed(), num_workers=1)))

    with pytest.raises(SystemExit) as stop:
        cli.run(main)
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith('error: DataLoader worker (pid')
    assert error.count('\n') == 1


@pytest.mark.parametrize(
    ('kind', 'text', 'value'),
    [
        (cli.positive(int), '3', 3),
        (cli.positive(float), '0.1', 0.1),
        (cli.fraction, '0', 0.0),
        (cli.positive(int), '0', None),
        (cli.positive(float), 'inf', None),
        (cli.fraction, '-0.2', None),
        (cli.fraction, '1', None),
    ],
)
def test_numbers_on_the_command_line(kind, text, value):
    if value is not None:
        assert kind(text) == value
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            kind(text)


def test_options_of_a_config():
    assert cli.cfg_options(None) is None
    assert cli.cfg_options(['a.b=1', 'c=[1,2]', 'd=x']) == {
        **{'a.b': 1, 'c': [1, 2], 'd': 'x'},
    }
    for word in ('foo', 'a=[1,(2'):
        with pytest.raises(InputError, match='--cfg-options'):
            cli.cfg_options([word])


def test_our_own_mistakes_keep_their_traceback():
    def main():
        raise KeyError('a bug')

    with pytest.raises(KeyError):
        cli.run(main)


def test_doctor_reports_and_finds_nothing_wrong(capsys):
    assert doctor.main() == 0
    text = capsys.readouterr().out
    for word in ('torch', 'mmpose', 'shims active', 'cpu, ', 'no problems found'):
        assert word in text
    extras = text.split('extras\n')[1].split('devices')[0].splitlines()
    assert [line.split()[0] for line in extras] == [
        *('openvino', 'web', 'medical', 'ray', 'parts', 'pretrained', 'docs', 'dev')
    ]


@pytest.mark.parametrize(
    ('versions', 'line'),
    [
        ({'mmpose': None}, 'mmpose is not installed'),
        ({'mmcv': None, 'mmcv-lite': None}, 'neither mmcv-lite nor mmcv'),
        ({'mmlandmark-lite': '0.1.0'}, 'are both installed'),
        ({'opencv-python-headless': '4.1'}, 'overwrites the cv2'),
        ({'chumpy': None}, 'chumpy is not installed'),
        (
            {'chumpy': '0.70'},
            'chumpy 0.70 is installed, and the replacement ==0.70.post1',
        ),
        (
            {'xtcocotools': '1.14.3'},
            'replacement ==1.14.3.post1 is needed: pip install',
        ),
        ({'xtcocotools': '1.14.3.post2'}, 'xtcocotools 1.14.3.post2 is installed'),
    ],
)
def test_doctor_names_what_is_wrong(monkeypatch, capsys, versions, line):
    real = doctor.installed
    monkeypatch.setattr(
        doctor, 'installed', lambda name: versions.get(name, real(name))
    )
    assert doctor.main() == 1
    assert line in capsys.readouterr().out


def test_doctor_lists_the_extras(monkeypatch):
    versions = {
        *{'openvino': '2026.0', 'starlette': '1.0', 'uvicorn': '0.50'}.items(),
        *{'pydantic': '2.12.1', 'pydicom': '2.4', 'regex': '1'}.items(),
    }
    monkeypatch.setattr(doctor, 'installed', dict(versions).get)
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in doctor.extras()}
    assert lines['openvino'] == lines['web'] == 'installed'
    assert lines['medical'] == 'needs pydicom<4,>=3.0.1, not 2.4, highdicom'
    assert lines['parts'] == 'needs mmsegmentation, ftfy'
    assert 'all' not in lines  # it names the others


def test_a_broken_stack_is_said_by_doctor_and_tools(monkeypatch, capsys):
    import mmlandmark

    monkeypatch.setattr(mmlandmark, 'stack_error', ImportError('no mmcv'))
    assert doctor.main() == 1
    assert 'the stack does not import: ImportError: no mmcv' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.run(lambda: None, needs_stack=True)
    assert 'run mmlandmark doctor for details' in capsys.readouterr().err
