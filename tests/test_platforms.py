"""What Windows and macOS lack is not needed."""

import subprocess
import sys
import textwrap


def run_without(code):
    """Run code where Python lacks what only Linux has."""
    hide = """
    import os, sys
    import mmlandmark.compat.activate
    import mmpose.datasets  # which looks at the name of the system instead
    class Hidden:
        def find_spec(self, name, *rest):
            if name in ('resource', 'fcntl', 'pwd', 'grp', 'termios'):
                raise ImportError(f'{name} is hidden')
    sys.meta_path.insert(0, Hidden())
    for name in ('resource', 'fcntl', 'pwd', 'grp', 'termios'):
        sys.modules.pop(name, None)
    for name in ('sched_getaffinity', 'getloadavg'):
        if hasattr(os, name):
            delattr(os, name)
    """
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c',
         textwrap.dedent(hide) + textwrap.dedent(code)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_is_measured_without_them():
    printed = run_without(
        """
        from mmlandmark.benchmark import runner, timing
        from mmlandmark.inference.backends.runtimes import usable_cores
        print(usable_cores() == os.cpu_count())
        case = runner.BenchmarkCase('a', None, {}, [0.1], peak_mb=runner._peak_mb())
        print(case.row(runner.BenchmarkCase('b', None, {}, [0.1]))['peak MB'])
        print(timing.machine())
        """
    )
    assert printed[-3:-1] == ['True', '-']
    assert 'cores' in printed[-1]
    assert 'load before' not in printed[-1]


def test_a_training_and_a_folder_run_import_without_them():
    printed = run_without(
        """
        import mmlandmark.engine.register, mmlandmark.engine.runner
        import mmlandmark.inference.batch.workers, mmlandmark.inference.batch.run
        from mmlandmark.utils.locks import exclusive
        import tempfile
        with tempfile.TemporaryDirectory() as folder, exclusive(folder, 'a run'):
            print('locked')
        """
    )
    assert printed[-1] == 'locked'


def test_a_stack_that_does_not_register_is_reported():
    code = """
    import sys, warnings
    import mmengine
    sys.modules['mmpose'] = None  # importing it fails
    with warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter('always')
        import mmlandmark
    print([str(w.message) for w in printed if 'not registered' in str(w.message)])
    """
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    line = done.stdout.splitlines()[-1]
    assert 'mmlandmark is not registered with MMPose (ModuleNotFoundError: ' in line
    assert 'run mmlandmark doctor for details' in line
