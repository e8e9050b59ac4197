"""The names by which an exported file holds what is not its network."""

#: The key of the metadata.
METADATA_KEY = 'mmlandmark'

#: Initialisers of an ``.onnx`` file that are tensors of the state dict begin with this.
WEIGHT_PREFIX = 'state_dict.'
