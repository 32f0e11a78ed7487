"""Text for chat platforms: pages of Markdown, and Markdown in each platform's own form."""
