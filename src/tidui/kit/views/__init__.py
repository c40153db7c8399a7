"""The pages that belong to no app: the front page, language and theme, errors, components."""
