"""Recall, confidence, fairness and cost, with intervals over speakers."""
