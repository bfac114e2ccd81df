"""Sharding: a batch cut into shards that any number of processes share, and that any number sums to the same bits."""
