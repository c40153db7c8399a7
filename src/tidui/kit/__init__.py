"""The shared parts of pages: access, lists, exports, files, jobs, messages, components."""
