"""A first mapping written from what is found: guesses to correct, with types and values as comments."""
