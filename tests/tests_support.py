"""Helpers of the tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def one_line_error(done) -> str:
    """The tool's one line of error; fails when it said more or did not fail."""
    lines = [line for line in done.stderr.splitlines() if 'error: ' in line]
    assert done.returncode == 2, done.stderr
    assert 'Traceback' not in done.stderr, done.stderr
    assert len(lines) == 1, done.stderr
    return lines[0]


def save_untrained(config: Path, path: Path) -> Path:
    """A checkpoint of a config's model with random weights, the same every time."""
    # here: most tests that import this module need no torch
    import torch
    from mmengine.registry import init_default_scope
    from mmpose.models import build_pose_estimator

    from mmlandmark.config import load_config

    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = build_pose_estimator(load_config(config).model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path
