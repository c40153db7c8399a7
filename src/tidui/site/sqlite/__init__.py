"""Django's SQLite with the settings that many writers need: one fair queue for all of them."""
