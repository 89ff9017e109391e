"""A cross-encoder of our own: reads a question beside a text, scores its sentences, marks the answer, or says no."""
