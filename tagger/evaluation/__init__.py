"""Cross-validation, metrics, and the results of an evaluation."""
