"""What the estimators on arrays share: from settings to a network, its training, and what they show of it."""
