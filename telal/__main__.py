"""`python -m telal` is the command `telal`."""

from telal.cli import main

main()
