"""Evaluation of a model on unseen speakers: recall, confidence, fairness, robustness and cost.

`protocols` assigns utterances to models, `perturbations` alters recordings,
`measures` computes figures of predictions. `run` orchestrates, `document` holds everything that was
measured as one JSON document, and `report` makes a page of it.
"""
