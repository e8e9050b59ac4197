"""A package, lest the `tests` that mmsegmentation installs be taken for it."""
