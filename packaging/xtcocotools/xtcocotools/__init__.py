"""Replacement of xtcocotools 1.14.3 by pycocotools, for MMPose."""
