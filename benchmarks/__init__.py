"""The figures of Lumio, each measured here and now: `python -m benchmarks` prints one `name: value` line each."""
