"""``mmlandmark train``: train a config."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('train')
