"""The one exception for input that cannot be used."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is the one line the user reads: what is wrong, where, and what to do.
    The tools print it without a traceback (see :mod:`mmlandmark.cli.common`).
    """
