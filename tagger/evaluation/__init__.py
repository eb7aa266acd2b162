"""Cross-validation, metrics, results of evaluations, and invariance tests."""
