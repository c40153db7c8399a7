"""What is done about recognition."""
