"""Helpers of the end-to-end tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def one_line_error(done) -> str:
    """The tool's one line of error; fails when it said more or did not fail."""
    lines = [line for line in done.stderr.splitlines() if 'error: ' in line]
    assert done.returncode == 2, done.stderr
    assert 'Traceback' not in done.stderr, done.stderr
    assert len(lines) == 1, done.stderr
    return lines[0]
