"""The C core in Python: features, utterances of a stream, networks, emotions."""
