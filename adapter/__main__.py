"""`python -m adapter`: the same as the `adapter` command, for where no script is installed."""

from adapter.cli.main import main

main(prog_name="adapter")
