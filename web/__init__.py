"""The page: `dist` is what `make web` makes of the rest."""
