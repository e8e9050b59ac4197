"""Overlays, contact sheets and plots; separate modules, as only some need matplotlib."""
