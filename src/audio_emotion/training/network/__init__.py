"""Training of the streaming network, the only part of the package that needs PyTorch.

`clips` reads log-mel energies, `augment` varies them, `layers` is the network with the arithmetic
of `core/net.c`, `speakers` draws batches and simulates adaptation, `loop` trains, `lower` converts
the weights to integers, and `train_net` calibrates, writes and measures the file with `assess`.
"""
