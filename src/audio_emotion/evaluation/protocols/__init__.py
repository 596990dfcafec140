"""Which model predicts which utterances: splits by speaker, corpus and sentence."""
