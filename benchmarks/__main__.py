"""`python -m benchmarks [--smoke] [NAME …]`: run all or the named benchmarks, print their tables and keep their JSON."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.harness import show

_NOT_BENCHMARKS = {"__main__", "harness", "plot"}


def names() -> list[str]:
    """Every benchmark, by the name of its module."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in _NOT_BENCHMARKS)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"benchmarks to run, of: {', '.join(names())}")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, to see that everything runs")
    options = parser.parse_args()
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    for name in options.names or names():
        sys.stdout.write(f"{name} …\n")
        sys.stdout.flush()
        report = importlib.import_module(f"benchmarks.{name}").run(smoke=options.smoke)
        # A smoke run's figures mean nothing and are not kept.
        show(report, keep=not options.smoke)


if __name__ == "__main__":
    main()
