"""What tests of several folders start: servers, a cluster, a wire that fails."""
