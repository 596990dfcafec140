"""The C sources, as data: an installed package exports them too."""
