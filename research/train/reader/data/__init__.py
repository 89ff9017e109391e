"""What the reader is trained on: examples from news, questions and made-up stories, with near misses."""
