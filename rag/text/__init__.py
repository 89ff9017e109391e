"""Text in the languages of the region: scripts, sentences, names, dates, languages. Pure functions."""
