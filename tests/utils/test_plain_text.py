"""Text for people: numbers with nouns, and names that a terminal can show."""

import pytest

from mmlandmark.utils.plain_text import counted, printable, sentence


@pytest.mark.parametrize(
    ('number', 'text'), [(0, '0 images'), (1, '1 image'), (2, '2 images')]
)
def test_counted(number, text):
    assert counted(number, 'image') == text


@pytest.mark.parametrize(
    ('name', 'text'),
    [('a b.png', 'a b.png'), ('caf\udce9', 'caf\\xe9'), ('a\nb', 'a\\x0ab')],
)
def test_printable(name, text):
    assert printable(name) == text


def test_sentence():
    assert sentence('the head faces left') == 'The head faces left.'
