"""What keeps people's input from reaching what it must not."""
