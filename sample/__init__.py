"""The recording that exported models are verified with, as data."""
