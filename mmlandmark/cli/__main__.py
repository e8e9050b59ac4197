"""``python -m mmlandmark.cli`` is ``mmlandmark``."""

from .main import main

if __name__ == '__main__':
    main()
