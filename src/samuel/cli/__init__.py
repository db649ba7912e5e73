"""The command `samuel`. Nothing here imports PyTorch or NumPy before a command runs: --help must be instant."""
