"""Helpers shared by the formats: image names, image sizes, splits, text, XML, MATLAB."""
