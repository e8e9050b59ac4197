"""``mmlandmark export``: write a model as one ONNX or OpenVINO file."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('export')
