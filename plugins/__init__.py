"""The plugins that come with Atelier; each folder is one."""
