"""The engine on JAX: the pure step of `clearprop.equations`, compiled by XLA for whatever device JAX has."""
