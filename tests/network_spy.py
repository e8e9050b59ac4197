"""Records what a process tries to reach, and lets it reach nothing."""

import os
from pathlib import Path

#: Python imports a module of this name first, in the processes that are begun too.
SPY = """
import os, socket

def refused(what):
    def call(*arguments, **_):
        with open(os.environ['SPIED'], 'a') as file:
            file.write(f'{what} {arguments[-1] if what == "connect" else arguments}\\n')
        raise OSError('no network')
    return call

class Socket(socket.socket):
    connect = connect_ex = refused('connect')

socket.socket = Socket
socket.getaddrinfo = refused('getaddrinfo')
"""


def spying(folder: Path, search: list[str]) -> tuple[dict[str, str], Path]:
    """Variables of a process that is spied on, and the file of what it tries to reach.

    Args:
        folder: Empty; the spy and its report are written there.
        search: Where the process finds modules.
    """
    (folder / 'sitecustomize.py').write_text(SPY)
    report = folder / 'report'
    report.write_text('')
    found = os.pathsep.join([str(folder), *search])
    return {'PYTHONPATH': found, 'SPIED': str(report)}, report
