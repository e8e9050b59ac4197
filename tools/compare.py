"""``mmlandmark compare``: train and measure several configs on the same data."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('compare')
