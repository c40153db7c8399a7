"""Code systems: credit codes, divisions, industries, fields, numbers and money. Knows no law and no fact."""
