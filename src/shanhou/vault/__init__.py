"""保管: sealed tables, canonical bytes, keys and their shredding, masking."""
