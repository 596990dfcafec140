"""Models as C source, for a board's own tools."""
