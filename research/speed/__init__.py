"""How fast Telal is, beside the pipeline of the usual tutorial on the same machine, model and texts."""
