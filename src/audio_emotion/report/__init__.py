"""HTML pages and figures of all reports."""
