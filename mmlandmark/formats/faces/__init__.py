"""Face landmark data sets in their published layouts, one module per format."""
