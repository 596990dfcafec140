"""Power traces of a logger: corrupt samples, idle level, what a prediction costs, battery life."""
