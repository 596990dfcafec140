"""From recordings to tables: audio files, corpora, catalogue, features, folds."""
