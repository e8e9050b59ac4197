"""``mmlandmark prepare``: convert a data set to a folder that configs can read."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('prepare')
