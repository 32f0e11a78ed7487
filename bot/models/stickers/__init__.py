"""Emoji and stickers by the models that come with Atelier: an autoencoder, a diffusion model and a GAN."""
