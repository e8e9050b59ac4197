"""Empty replacement of chumpy, which MMPose requires and does not import."""
