"""Estimators: fitted by scikit-learn, applied as model components."""
