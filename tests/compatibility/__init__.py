"""What users rely on: flags, files, the admin API, Python. A version keeps what an earlier one of its number has promised."""
