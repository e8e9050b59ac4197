"""``python -m mmlandmark`` is the command ``mmlandmark``."""

from .cli.main import main

if __name__ == '__main__':
    main()
