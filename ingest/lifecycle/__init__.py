"""What becomes of articles after they were taken in: corrected, retracted, expired, erased, embedded anew."""
