"""The native engine: from the frozen descriptions to the compiled core and back."""
