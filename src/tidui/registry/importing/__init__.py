"""Import and export of enterprise files: facts, the official declaration tables, what is taken over of the past."""
