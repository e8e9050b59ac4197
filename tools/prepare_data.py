"""``mmlandmark prepare``: turn a data set in its own format into a prepared folder."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('prepare')
