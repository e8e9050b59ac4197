"""``mmlandmark convert-fan``: convert the published weights of FAN."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('convert-fan')
