"""Readers of test collections: ours, SQuAD, BEIR, RealTimeQA and parallel segments."""
