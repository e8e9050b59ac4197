import codecs

import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.text_file import load_json, read_text


@pytest.mark.parametrize(
    'data',
    [
        'ä: 1'.encode(),
        codecs.BOM_UTF8 + 'ä: 1'.encode(),
        'ä: 1'.encode('utf-16'),
        codecs.BOM_UTF16_BE + 'ä: 1'.encode('utf-16-be'),
        'ä: 1'.encode('utf-32'),
    ],
)
def test_text_with_and_without_a_mark(tmp_path, data):
    path = tmp_path / 'a.txt'
    path.write_bytes(data)
    assert read_text(path) == 'ä: 1'


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (
            '{"ä": 1}'.encode('latin-1'),
            r'is not UTF-8 text \(byte 2\): save it as UTF-8',
        ),
        (codecs.BOM_UTF16_LE + b'a', 'is not UTF-16 text'),
        (b'{', 'is not readable JSON'),
        (b'[' * 200_000, 'nested too deeply'),
        (b'9' * 5000, 'is not readable JSON'),
    ],
)
def test_what_cannot_be_read_is_reported(tmp_path, data, message):
    path = tmp_path / 'a.json'
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        load_json(path)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match='no file'):
        load_json(tmp_path / 'none.json')
    with pytest.raises(InputError, match='cannot be read'):
        load_json(tmp_path)
