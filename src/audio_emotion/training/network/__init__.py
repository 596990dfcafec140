"""Training of the streaming network: needs PyTorch, which nothing else here does.

`clips` reads the recordings, `augment` varies it, `layers` is the network with the arithmetic of
`core/net.c`, `speakers` draws batches and imitates adaptation, `loop` trains, `lower` writes the
model file, and `assess` measures model files through the core.
"""
