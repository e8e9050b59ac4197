"""``python -m mmlandmark.cli`` is ``mmlandmark``."""

from .main import main

main()
