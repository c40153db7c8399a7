"""The `tidui` command. Each command is a module of its own and is imported only when it is called."""
