"""`python -m reumi`: the same as the `reumi` command."""

from reumi.cli.main import main

main()
