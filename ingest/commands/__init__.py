"""The commands of ingestion: files, live sources, collections made by others, copies of an archive."""
