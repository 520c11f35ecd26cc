"""The `reumi` command, a file per command group."""
