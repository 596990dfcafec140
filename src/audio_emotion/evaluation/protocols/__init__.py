"""Assignment of utterances to models: splits by speaker, corpus and sentence."""
