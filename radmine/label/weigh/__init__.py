"""What votes are worth, and the label that they make together."""
