"""``mmlandmark release``: write weights in half precision with a model card."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('release')
