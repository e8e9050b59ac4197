"""The one exception for input that cannot be used."""

from __future__ import annotations


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line: what is wrong, where, and what to do. It names arguments, not
    command-line options. The arguments that would solve the problem can be given too, as in
    ``InputError('x exists: choose another folder, or overwrite it', overwrite=True)``; a
    command then appends its own options for them.

    Args:
        message: The line.
        **arguments: Names and values; True for a switch, None if the user has to choose.
    """

    def __init__(self, message: object = '', **arguments: object):
        super().__init__(message)
        self.arguments = arguments
