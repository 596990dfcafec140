"""What all reports are made of: HTML pages and figures."""
