"""Makes the starter stickers: an autoencoder, a diffusion model and a GAN that draw emoji."""
