"""What tells orders to a machine from news: the strings that it learns from and the fit."""
