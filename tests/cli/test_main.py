"""``mmlandmark`` and its commands: help, mistakes, and who names an option."""

import argparse
import importlib
import re
import subprocess
import sys

import pytest
from tests_support import ROOT

from mmlandmark.cli import common
from mmlandmark.cli.main import COMMANDS, NEED_STACK, main
from mmlandmark.formats import registry
from mmlandmark.inference.backends.runtimes import BACKENDS
from mmlandmark.inference.export.export_model import FORMATS, PRECISIONS

HEAVY = """
import sys, time
begun = time.process_time()
from mmlandmark.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code
used = time.process_time() - begun
heavy = {'torch', 'mmengine', 'mmpose', 'pandas', 'cv2'} & set(sys.modules)
print('heavy', sorted(heavy), 'numpy' in sys.modules, used, file=sys.stderr)
"""


def parsers(parser):
    """A parser and those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def parser_of(command):
    module = importlib.import_module(f'mmlandmark.cli.{command.replace("-", "_")}')
    return module.build_parser()


def helped(*words):
    """The help, and what it took: packages imported, numpy imported, seconds of CPU."""
    done = subprocess.run(
        [sys.executable, '-c', HEAVY, *words, '--help'],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    heavy, numpy, seconds = re.search(
        r'heavy (.*) (\w+) ([\d.]+)$', done.stderr.strip()
    ).groups()
    return done.stdout, heavy, numpy == 'True', float(seconds)


def test_the_help_lists_every_command_and_imports_nothing_slow():
    text, heavy, numpy, seconds = helped()
    for name, purpose in COMMANDS.items():
        assert re.search(rf'^  {name} +{re.escape(purpose)}$', text, re.M)
    assert (heavy, numpy) == ('[]', False)
    assert seconds < 0.3


@pytest.mark.parametrize('command', COMMANDS)
def test_the_help_of_a_command_needs_no_torch(command):
    text, heavy, _, _ = helped(command)
    assert heavy == '[]'
    assert text.startswith(f'usage: mmlandmark {command} ')


@pytest.mark.parametrize('command', COMMANDS)
def test_every_option_has_a_help(command):
    for parser in parsers(parser_of(command)):
        assert parser.description
        for action in parser._actions:
            if action.dest not in ('tool', 'format', 'configs'):
                assert action.help, f'{command} {action.dest}'


def test_every_command_has_a_module_and_every_module_is_a_command():
    modules = {path.stem for path in (ROOT / 'mmlandmark' / 'cli').glob('*.py')}
    modules -= {'__init__', '__main__', 'main', 'common'}
    assert modules == {name.replace('-', '_') for name in COMMANDS}
    assert set(COMMANDS) > NEED_STACK


def test_every_script_starts_a_command():
    for path in (ROOT / 'tools').glob('*.py'):
        started = set(re.findall(r"'([a-z-]+)'", path.read_text().split('main(')[1]))
        assert started
        assert started <= set(COMMANDS)


@pytest.mark.parametrize(
    ('words', 'status', 'message'),
    [
        (['--version'], 0, 'mmlandmark 0.'),
        ([], 2, 'usage: mmlandmark COMMAND'),
        (['tarin'], 2, "error: there is no command 'tarin': did you mean train?"),
        (['zzz'], 2, "there is no command 'zzz': mmlandmark --help lists all"),
    ],
)
def test_without_a_command(monkeypatch, capsys, words, status, message):
    monkeypatch.setattr('sys.argv', ['mmlandmark', *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == status
    assert message in ''.join(capsys.readouterr())


def test_choices_are_those_of_the_library():
    """The parsers have them once more, as importing the library takes seconds."""
    assert common.BACKENDS == BACKENDS
    assert tuple(registry.FORMATS) == common.FORMATS
    written = [name for name, f in registry.FORMATS.items() if f.write]
    assert list(common.WRITTEN) == written
    export = {action.dest: action for action in parser_of('export')._actions}
    assert tuple(export['format'].choices) == tuple(FORMATS)
    constants = [a.const for a in parser_of('export')._actions if a.dest == 'precision']
    assert ('fp32', *constants) == PRECISIONS


def options():
    """Every long option of every command."""
    return {
        word
        for command in COMMANDS
        for parser in parsers(parser_of(command))
        for action in parser._actions
        for word in action.option_strings
        if word.startswith('--')
    }


def test_only_commands_name_options_and_scripts():
    """The library names arguments, not options: Python and the page use it too."""
    ours = options()
    assert '--mm-per-px' in ours
    for path in (ROOT / 'mmlandmark').rglob('*.py'):
        if path.parent.name == 'cli':
            continue
        text = path.read_text(encoding='utf-8')
        named = set(re.findall(r'(?<![\w-])--[a-z][a-z-]+', text)) & ours
        assert not named, f'{path} names {named}'
        assert not re.search(r'\btools/\w', text), f'{path} names a script'
