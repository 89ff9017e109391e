"""Retrieval and answering: the library that everything else in Telal stands on."""
