"""How likely a sentence speaks of something abnormal."""
