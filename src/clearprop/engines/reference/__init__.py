"""The reference engine: the equations, on NumPy arrays, and nothing clever."""
