"""Training of models: estimators, recipes and model cards."""
