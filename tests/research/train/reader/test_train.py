"""Training on a tiny model: it learns, goes on where it was, and its export says what the network says."""

import json
import warnings
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from rag.reader.weights import FOLDER, Graph
from research.train.reader.data.examples import Example, joined
from research.train.reader.features import LONGEST, Encoder, batches

WORDS = [f"w{i}" for i in range(60)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Six layers of 32 with a vocabulary of whole words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import BertConfig, BertModel

        folder = tmp_path_factory.mktemp("tiny")
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=64, hidden_size=32, num_hidden_layers=6, num_attention_heads=4, intermediate_size=64,
            max_position_embeddings=512, type_vocab_size=2, pad_token_id=1,
        )  # fmt: skip
        BertModel(config).save_pretrained(folder)
        import research.train.reader.export
        import research.train.reader.network
        import research.train.reader.train  # noqa: F401
    vocabulary = {word: i for i, word in enumerate(["<s>", "<pad>", "</s>", "?", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def example(seed):
    """The sentence that holds the question's word answers; its next word is the short answer."""
    random = Random(seed)
    asked = random.choice(WORDS)
    others = [w for w in WORDS if w != asked]
    segments = [" ".join(random.choices(others, k=5)) for _ in range(3)]
    absent, at = seed % 4 == 0, random.randrange(3)
    if not absent:
        segments[at] = f"{asked} {segments[at]}"
    within = joined(segments, language="en", group="g")
    right = () if absent else (at,)
    return Example("made", asked, within.text, within.sentences, right, absent=absent, stated=not absent)


EXAMPLES = [example(seed) for seed in range(400)]


def test_features_hold_the_right_sentence_whatever_the_crop(model):
    encoder = Encoder(model)
    for seed, one in enumerate(EXAMPLES[:60]):
        for longest in (14, 18, LONGEST):
            features = encoder.features(one, longest, Random(seed))
            assert len(features.layout.ids) <= longest
            if one.right:
                sentence = features.right[0]
                span = one.sentences[one.right[0]]
                shown = {
                    features.layout.origins[i] for i, n in enumerate(features.layout.sentences) if n == sentence
                }  # fmt: skip
                words = one.text[: span.end].split()
                assert shown == set(range(len(one.text[: span.start].split()), len(words)))


def test_batches_are_the_same_whenever_they_are_made(model):
    once, again = (
        [f.layout.ids for b in batches(EXAMPLES, Encoder(model), 1, 0) for f in b] for _ in range(2)
    )  # fmt: skip
    assert once == again and len(once) == len(EXAMPLES)


def test_training_goes_on_where_it_was_and_ends_the_same(model, tmp_path, monkeypatch):
    import torch

    from research.train.reader import train as training
    from research.train.reader.train import RESULT, Recipe, train

    monkeypatch.setattr(training, "POOL", 200)
    monkeypatch.setattr("research.train.reader.features.POOL", 200)
    recipe = Recipe(curve=(), checkpoint_s=0.0, warm_up=2)
    whole = torch.load(train(model, EXAMPLES, {}, tmp_path / "whole", recipe, lambda _: None), weights_only=True)

    class Stopped(Exception):
        pass

    class Broken(training._Run):
        def _train(self, batch):
            if self.step == 9:
                raise Stopped
            return super()._train(batch)

    said = []
    torch.manual_seed(recipe.seed)
    (tmp_path / "parts").mkdir()
    with pytest.raises(Stopped):
        Broken(model, EXAMPLES, {}, tmp_path / "parts", recipe, said.append, None).go()
    result = train(model, EXAMPLES, {}, tmp_path / "parts", recipe, said.append)
    assert any(text.startswith("Going on after") for text in said)
    parts = torch.load(result, weights_only=True)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert result.name == RESULT and len(whole) == len(parts)


def test_training_brings_the_losses_down_and_writes_its_curve(model, tmp_path):
    from research.train.reader.train import LOG, Recipe, train

    said = []
    recipe = Recipe(rate=2e-3, head_rate=5e-3, warm_up=5, curve=(0.5,))
    dev = {"squad": EXAMPLES[:40]}
    train(model, EXAMPLES * 12, dev, tmp_path, recipe, said.append)
    curve = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [point["share"] for point in curve] == [0.5, 1.0]
    assert curve[-1]["squad right"] > 0.9 and curve[-1]["squad stated"] > 0.8


def test_the_export_says_what_the_network_says(model, tmp_path):
    import torch

    from rag.reader.weights import find_weights
    from research.train.reader.export import export, load_network
    from research.train.reader.network import ReaderNetwork, state

    torch.manual_seed(3)
    network = ReaderNetwork(model)
    torch.save(state(network, network.trained()), tmp_path / "r.pt")
    folder = export(model, tmp_path / "r.pt", tmp_path / "out")
    assert find_weights(folder).graph == folder / "reader.onnx"  # complete: it can be measured
    ids = [0, 5, 2, *range(4, 40), 2]
    words = network.body.embeddings.word_embeddings.weight.detach().numpy()
    raw = Graph(folder / "reader.onnx")(words[ids])
    with torch.no_grad():
        loaded = load_network(model, tmp_path / "r.pt")
        hidden = loaded.body(torch.tensor([ids]))[0]
        expected = loaded.head(hidden)[0].numpy()
        none = torch.full((1, len(ids)), -1)
        stated = loaded.score(hidden, torch.ones_like(none), none, 1).stated
    close = 0.05
    assert np.abs(raw.sentence - expected[:, 0]).max() < close
    assert np.abs(raw.start - expected[:, 2]).max() < close
    assert abs(raw.absent - expected[0, 1]) < close
    assert abs(raw.stated - float(stated[0])) < close


def test_what_is_shipped_is_written_as_the_export_writes_it_now(model, tmp_path):
    """An older graph gives the same scores, in twice the time."""
    import onnx
    import torch

    from research.train.reader.export import export
    from research.train.reader.network import ReaderNetwork, state

    network = ReaderNetwork(model)
    torch.save(state(network, network.trained()), tmp_path / "r.pt")
    now = export(model, tmp_path / "r.pt", tmp_path / "out") / "reader.onnx"
    kinds = [{node.op_type for node in onnx.load(path).graph.node} for path in (now, FOLDER / "reader.onnx")]
    assert kinds[0] == kinds[1]


def test_a_group_stands_in_one_batch_and_its_near_miss_is_pushed_below(model):
    from research.train.reader.network import ReaderNetwork, losses, run

    pairs = []
    for e in (e for e in EXAMPLES[:80] if e.right):
        mark = f"{len(pairs)}"
        pairs += [replace(e, group=mark), replace(e, question="w0 w1", right=(), absent=True, stated=False, group=mark)]
    made = list(batches(pairs, Encoder(model), seed=1, pool=0))
    for batch in made:
        assert sorted(f.group for f in batch if f.right) == sorted(f.group for f in batch if f.absent)
    network = ReaderNetwork(model)
    scores = run(network, made[0])
    before = {name: float(value.detach()) for name, value in losses(scores, made[0]).items()}
    row = next(i for i, f in enumerate(made[0]) if f.absent)
    scores.absent, scores.stated = scores.absent.clone(), scores.stated.clone()
    scores.absent[row] += 10.0
    apart = {name: float(value.detach()) for name, value in losses(scores, made[0]).items()}
    assert apart["margin"] < before["margin"] and apart["apart"] == before["apart"]
    scores.stated[row] -= 10.0
    assert float(losses(scores, made[0])["apart"].detach()) < before["apart"]


def test_stated_is_read_from_every_token_and_from_none_that_only_fills_up(model):
    import torch

    from research.train.reader.network import ReaderNetwork

    torch.manual_seed(1)
    network = ReaderNetwork(model).eval()
    hidden, none = torch.randn(1, 6, 32), torch.full((1, 6), -1)
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    stated = network.score(hidden, mask, none, 1).stated
    for place, counts in ((3, True), (5, False)):
        changed = hidden.clone()
        changed[0, place] += 5.0
        assert (network.score(changed, mask, none, 1).stated != stated).item() is counts


def test_weights_from_before_the_pooling_state_what_they_did(model, tmp_path):
    import torch

    from research.train.reader.network import ReaderNetwork, state
    from research.train.reader.train import parameters

    old = state(ReaderNetwork(model), dict(ReaderNetwork(model).trained()))
    old = {n: v[:, :32] if n == "stated_in.weight" else v for n, v in old.items() if not n.startswith("pool")}
    torch.save(old, tmp_path / "old.pt")
    network = ReaderNetwork(model).eval()
    found = {name: value.float() for name, value in parameters(tmp_path / "old.pt").items()}
    network.load_state_dict(found, strict=False)
    hidden, none = torch.randn(1, 6, 32), torch.full((1, 6), -1)
    inner = torch.nn.functional.gelu(hidden[:, 0] @ found["stated_in.weight"][:, :32].T + found["stated_in.bias"])
    expected = inner @ found["stated_out.weight"].T + found["stated_out.bias"]
    with torch.no_grad():
        assert torch.allclose(network.score(hidden, torch.ones_like(none), none, 1).stated, expected[:, 0], atol=1e-5)


def test_a_training_begins_where_exported_weights_ended(model, tmp_path):
    """The graph's matrices are int8: what comes back lies within one step of their scale."""
    import torch

    from rag.errors import BadInput
    from research.train.reader.export import export
    from research.train.reader.train import Recipe, parameters, train

    result = train(model, EXAMPLES[:64], {}, tmp_path / "run", Recipe(curve=()), lambda text: None)
    folder = export(model, result, tmp_path / "weights")
    exact, back = parameters(result), parameters(folder / "reader.onnx")
    for name, value in exact.items():
        step = value.float().abs().max() / 100
        assert torch.allclose(back[name], value.float(), atol=float(step) + 1e-3), name
    with pytest.raises(BadInput):
        parameters(tmp_path / "nothing.onnx")


def test_an_average_lies_half_way(model, tmp_path):
    from research.train.reader.train import Recipe, average, parameters, train

    recipe = Recipe(curve=(), warm_up=2)
    first = train(model, EXAMPLES[:40], {}, tmp_path / "first", recipe, print)
    then = train(model, EXAMPLES[40:80], {}, tmp_path / "then", recipe, print, start=parameters(first))
    mean, a, b = (parameters(p) for p in (average([first, then], tmp_path / "mean.pt"), first, then))
    for name, values in mean.items():
        assert np.allclose(values, (a[name].float() + b[name].float()) / 2, atol=1e-3)
    assert any((a[name] != b[name]).any() for name in mean)


def test_an_average_may_begin_with_what_is_shipped_and_lean_to_the_last(model, tmp_path):
    """A graph holds the frozen layers too, which a training's result does not."""
    from research.train.reader.export import export
    from research.train.reader.train import Recipe, average, parameters, train

    first = train(model, EXAMPLES[:40], {}, tmp_path / "first", Recipe(curve=(), warm_up=2), print)
    shipped = export(model, first, tmp_path / "weights") / "reader.onnx"
    then = train(model, EXAMPLES[40:80], {}, tmp_path / "then", Recipe(curve=(), warm_up=2), print)
    mean, a, b = (parameters(p) for p in (average([shipped, then], tmp_path / "mean.pt", [0.25, 0.75]), shipped, then))
    assert set(mean) == set(b) < set(a)
    assert all(np.allclose(mean[n], 0.25 * a[n] + 0.75 * b[n].float(), atol=2e-3) for n in b)


def test_a_training_on_ones_own_questions_wants_either_them_or_the_collections(tmp_path):
    from rag.errors import BadInput
    from research.train.reader.commands import train_reader

    with pytest.raises(BadInput, match="What is to be learned"):
        train_reader(tmp_path)


def test_a_reading_in_the_questions_own_language_is_the_aim_for_the_other(model):
    import torch

    from research.train.reader.network import ReaderNetwork, losses, run

    one = next(e for e in EXAMPLES if e.right)
    teacher, taught = replace(one, group="g", teaches=True), replace(one, group="g", question="w1 w2")
    encoder = Encoder(model)
    batch = [encoder.features(e, LONGEST, Random(0)) for e in (teacher, taught)]
    torch.manual_seed(1)
    network = ReaderNetwork(model, bfloat16=False).eval()
    with torch.no_grad():
        scores = run(network, batch)
    scores.sentences[0, batch[0].right[0]] += 20.0  # sure, and right
    assert losses(scores, batch)["taught"] > 1
    scores.sentences[1] = scores.sentences[0]
    scores.absent[1] = scores.absent[0]
    assert float(losses(scores, batch)["taught"]) == pytest.approx(0, abs=1e-5)
    wrong = next(i for i in range(batch[0].count) if i not in batch[0].right)
    scores.sentences[0, wrong] += 60.0  # a teacher that is wrong teaches nothing
    assert float(losses(scores, batch)["taught"]) == 0
