"""The procedures as data: one module for each programme, made of stage kinds from below."""
