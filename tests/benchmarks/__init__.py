from bot.threads import share_processors

# As `atelier` does, and before anything imports torch.
share_processors()
