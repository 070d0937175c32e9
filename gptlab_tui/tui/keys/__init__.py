"""The key table, a file for each section: see `key.Key`, and `table.TABLE` for all of them."""
