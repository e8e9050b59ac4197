"""``mmlandmark lag``: measure jitter and lag of points with and without the filter."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('lag')
