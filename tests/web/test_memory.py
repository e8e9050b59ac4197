"""The most memory that the page's server takes, as its documentation states it."""

import re
import sys

import pytest
from tests_support import ROOT

pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
pytest.importorskip('pydicom')
import web_memory

#: Of the server with nothing in it, once it has decoded images.
EMPTY = 300


def test_the_documentation_states_what_is_tested():
    text = (ROOT / 'docs' / 'how-to' / 'web.md').read_text(encoding='utf-8')
    assert re.search(rf'at most {web_memory.STATED} MB', text)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != 'linux', reason='read from /proc')
def test_eight_worst_uploads_at_once():
    uploads = web_memory.worst_uploads()
    with web_memory.running() as page:
        found = web_memory.at_once(
            lambda *item: web_memory.use_up(page, *item), uploads.items()
        )
        most = page.megabytes('VmHWM')
        taken = {name for name, (status, _) in zip(uploads, found, strict=True)
                 if status == 200}  # fmt: skip
        for status, key in found:
            if status == 200:
                assert page.ask('DELETE', f'/images/{key}')[0] == 204
        kept = page.megabytes('VmRSS')
    assert taken == {name for name in uploads if 'within' in name}
    assert {status for status, _ in found} == {200, 400}
    assert most < web_memory.STATED
    assert kept < EMPTY
