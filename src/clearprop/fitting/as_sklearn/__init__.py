"""Training by scikit-learn's words and rules. See README.md."""
