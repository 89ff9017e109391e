"""What independent sources say on one thing, and where they contradict each other."""
