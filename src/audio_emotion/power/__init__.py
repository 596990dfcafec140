"""Power traces of a logger: corrupt samples, idle power, energy of a prediction, battery life."""
