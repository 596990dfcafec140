"""Fit and compare models."""
