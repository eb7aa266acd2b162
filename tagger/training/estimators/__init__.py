"""Estimators: fitted with scikit-learn, XGBoost or PyTorch, and converted to model components."""
