"""Sources: from wherever a table is to columns of cells."""
