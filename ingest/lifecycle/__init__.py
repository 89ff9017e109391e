"""What happens to stored articles: corrected, retracted, expired, erased, embedded again."""
