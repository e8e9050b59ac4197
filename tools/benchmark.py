"""``mmlandmark benchmark``: time trainings and predictions, both sides in one call."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('benchmark')
