"""``mmlandmark release``: write released weights and their card."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('release')
