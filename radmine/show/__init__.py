"""What people see of cases and runs: a value in, a view out."""
