"""Columns: cells of one kind, what text can be read as, and what is asked of a target."""
