"""Cards of the models."""
