"""Where people reach Atelier: one module or package for each platform."""
