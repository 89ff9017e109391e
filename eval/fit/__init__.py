"""Fits what the code reads as numbers: the weights of answers, the means of languages."""
