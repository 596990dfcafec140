"""Models and their predictions: files, streams, batches and the microphone."""
