"""``mmlandmark browse``: draw a contact sheet of images with their points."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('browse')
