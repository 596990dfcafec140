"""Noise, rooms, codecs, level and tempo, applied to recordings."""
