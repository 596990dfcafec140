"""Evidence: how well a model does, for whom, and how sure it may be.

`panel` says who may be asked about whom, `answers` asks; everything else counts answers: `scores`,
`confidence`, `fairness`, `compare`. `evaluate` puts it into one document, from which `page` makes
the report.
"""
