"""``mmlandmark scr``: compute the success classification rates of ISBI 2015."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('scr')
