"""Pictures: overlays, contact sheets and curves; a module each, as some need matplotlib."""
