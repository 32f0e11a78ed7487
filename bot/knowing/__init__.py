"""How documents are cut, kept by meaning and found again."""
