"""PostgreSQL as Tidui uses it: a database backend of Django's kind."""
