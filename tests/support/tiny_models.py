"""Models of sentence-transformers with random weights, saved as sentence-transformers saves its own."""

from __future__ import annotations

import warnings
from pathlib import Path

WORDS = "the bridge school in mostar ohrid opened has pupils when how many tirana agreement signed".split()
WINDOW = 32


def save_embedder(path: Path, *, dimension: int = 64) -> Path:
    """A SentenceTransformer without prompts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        from sentence_transformers import SentenceTransformer
        from transformers import BertModel

        base = path.with_name(f"{path.name}-base")
        BertModel(_config(dimension)).save_pretrained(base)
        _tokenizer().save_pretrained(base)
        SentenceTransformer(str(base), local_files_only=True).save(str(path))
    return path


def save_cross_encoder(path: Path, *, bias: float = 0.0, labels: int = 1) -> Path:
    """A CrossEncoder whose scores lie near `bias`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        import torch
        from transformers import BertForSequenceClassification

        model = BertForSequenceClassification(_config(64, num_labels=labels))
        with torch.no_grad():
            model.classifier.bias.fill_(bias)
        model.save_pretrained(path)
        _tokenizer().save_pretrained(path)
    return path


def _config(hidden, **more):
    from transformers import BertConfig

    size = {"hidden_size": hidden, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    return BertConfig(vocab_size=len(WORDS) + 4, max_position_embeddings=WINDOW, **size, **more)


def _tokenizer():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=WINDOW, **names)
