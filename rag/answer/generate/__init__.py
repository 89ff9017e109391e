"""A language model writes from numbered passages; each sentence is verified before it is shown."""
