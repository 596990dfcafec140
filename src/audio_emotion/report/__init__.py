"""HTML pages and figures, which every report is made of."""
