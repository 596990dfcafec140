"""The page: `make web` builds `dist` from the sources."""
