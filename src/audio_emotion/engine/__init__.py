"""What the C core computes: features, utterances of a stream, emotions."""
