"""Operations of a network that is ready to run: what it computes between an image and its class scores."""
