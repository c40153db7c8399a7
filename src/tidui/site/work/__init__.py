"""The worker: it takes up tasks, those of killed workers too, and runs periodic work."""
