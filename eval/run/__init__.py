"""A suite asked of a system: its documents indexed, its questions asked, each reply scored, the figures summed up."""
