from mmlandmark.cli import models
from mmlandmark.engine.model_zoo import list_models


def test_every_released_model_with_its_licence_and_the_face_detector(
    monkeypatch, tmp_path
):
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path))
    monkeypatch.delenv('MMLANDMARK_YUNET', raising=False)
    lines = models.lines()
    names = [line.split('  ')[0] for line in lines if not line.startswith(' ')]
    assert names[:-1] == list_models()
    assert sum(line.startswith('    licence: ') for line in lines) == len(names) - 1
    assert lines[-1].endswith('not downloaded yet: mmlandmark models download')
    (tmp_path / 'mine.onnx').write_bytes(b'')
    monkeypatch.setenv('MMLANDMARK_YUNET', str(tmp_path / 'mine.onnx'))
    assert models.lines()[-1].endswith('mine.onnx')
