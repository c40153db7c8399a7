"""What the rules say of an enterprise: its rung, what is missing for the next one, what it can use today."""
