"""Models: the tasks they serve, the catalog they come from and the engines that run them."""
