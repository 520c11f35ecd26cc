"""Ratios, side by side in one run. Each module here has `run(smoke: bool) -> Report`; `python -m benchmarks` runs all."""
