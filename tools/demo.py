"""``mmlandmark demo``: draw heads, then prepare, train, test and predict."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('demo')
