"""Names of the metadata and of the unused weights in an exported file."""

#: The key of the metadata.
METADATA_KEY = 'mmlandmark'

#: Initialisers of an ``.onnx`` file that are tensors of the state dict begin with this.
WEIGHT_PREFIX = 'state_dict.'
