"""Recall, confidence, fairness, robustness and cost, with intervals over speakers."""
