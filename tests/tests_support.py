"""Helpers of the tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def real_data(name: str, what: str) -> Path:
    """A folder of real data; skips the test if it is missing, as users do not have it."""
    data = Path(os.environ.get('MMLANDMARK_DATA', ROOT.parent / 'shared' / 'data'))
    folder = data / name
    if not folder.is_dir():
        pytest.skip(f'{what} not at {folder}')
    return folder


def yunet_file() -> Path:
    """YuNet's file; skips the test where it is not, as the package does not hold it."""
    usual = ROOT.parent / 'shared' / 'weights' / 'face_detection_yunet_2023mar.onnx'
    path = Path(os.environ.get('MMLANDMARK_YUNET') or usual)
    if not path.is_file():
        pytest.skip(f'the face detector YuNet is not at {path} (MMLANDMARK_YUNET)')
    return path


def one_line_error(done) -> str:
    """The error message of a command; fails if it has several lines or did not fail."""
    lines = [line for line in done.stderr.splitlines() if 'error: ' in line]
    assert done.returncode == 2, done.stderr
    assert 'Traceback' not in done.stderr, done.stderr
    assert len(lines) == 1, done.stderr
    return lines[0]


def save_untrained(config: Path, path: Path, seed: int = 0) -> Path:
    """A checkpoint of a config's model with random weights, the same for a seed."""
    # here: most tests that import this module need no torch
    import torch
    from mmengine.registry import init_default_scope
    from mmpose.models import build_pose_estimator

    from mmlandmark.engine.config import load_config

    init_default_scope('mmpose')
    torch.manual_seed(seed)
    model = build_pose_estimator(load_config(config).model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path
