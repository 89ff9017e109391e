"""What is measured: Telal in this process, Telal over HTTP, any OpenAI-compatible system."""
