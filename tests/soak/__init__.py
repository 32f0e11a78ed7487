"""The soak: the real process against loopback servers, killed at random moments, and everybody counted afterwards.

    python -m tests.soak --moments 100 --seed 7

Each question is asked by a person of its own, half of them in a channel of its own, so whatever the bot shows there
belongs to it. A question that was accepted must end with one complete answer or one apology, whatever happened
meanwhile.
"""
