"""Whether the archive answers, and where: passages read whole, weighed one by one, the best one first."""
