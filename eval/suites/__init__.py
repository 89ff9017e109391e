"""Evaluations of single abilities: orders inside articles, a language model."""
