"""From passages to an answer: quotes with their sources, and what a language model writes above them."""
