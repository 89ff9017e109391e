"""The API in OpenAI's shape: requests, replies, citations as annotations."""
