"""The pages of inspection and audit: what was done, what was changed, and whether the histories are sound."""
