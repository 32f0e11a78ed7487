"""The playground: a chat in the browser, on this machine."""
