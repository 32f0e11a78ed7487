"""The recipes that made the models in `starter/`, and what measures them."""
