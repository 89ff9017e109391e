"""Readers of test collections: ours, SQuAD, BEIR, RealTimeQA, parallel segments, clusters of near-duplicates."""
