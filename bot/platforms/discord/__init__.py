"""Discord, through discord.py; importing this is cheap, `bot.platforms.discord.platform` is not."""
