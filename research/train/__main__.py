"""`python -m research.train`: training, measuring and exporting of the models that come with Telal."""

from research.train.reader.commands import app

if __name__ == "__main__":
    app()
