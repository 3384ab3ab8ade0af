"""Real sets from the network: where they are, and bringing them whole."""
