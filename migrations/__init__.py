"""The schema's history. A package, so that an installed wheel carries it and can migrate a database from any folder."""
