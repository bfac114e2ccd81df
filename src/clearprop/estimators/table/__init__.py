"""What the estimators on tables share: from a table to a job, its training, and what they show of it."""
