"""A package, so that the `tests` that mmsegmentation installs is not imported instead."""
