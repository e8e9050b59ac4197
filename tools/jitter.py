"""``mmlandmark lag``: measure jitter and lag of filtered points in a video."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('lag')
