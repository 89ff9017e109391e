"""Fills a store of haiku.rag and asks it: run by haiku.rag's own Python, imports nothing of ours. Prints JSON."""

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
from docling_core.types.doc.document import DoclingDocument
from haiku.rag.client import HaikuRAG
from haiku.rag.client.documents import DocumentImport
from haiku.rag.config import get_config
from haiku.rag.store.models.chunk import Chunk

LIMIT = 10
WARM = 3
BATCH = 250  # articles


async def main(folder: Path) -> None:
    said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    vectors, asked = np.load(folder / "passages.npy"), np.load(folder / "questions.npy")
    config = get_config()
    config.embeddings.model.vector_dim = vectors.shape[1]
    config.processing.auto_title = False
    found = []
    async with HaikuRAG(folder / "haiku.lancedb", config=config, create=True) as client:
        begun, begun_cpu, row = time.perf_counter(), time.process_time(), 0
        imports = []
        for article in said["articles"]:
            chunks = []
            for order, text in enumerate(article["texts"]):
                chunks.append(Chunk(content=text, order=order, embedding=vectors[row].tolist()))
                row += 1
            document = DoclingDocument(name=article["uri"])
            imports.append(DocumentImport(document, chunks, article["uri"], article["title"]))
        for start in range(0, len(imports), BATCH):
            await client.import_documents(imports[start : start + BATCH])
        found.append(("written and indexed, vectors given", "passages/s", row / (time.perf_counter() - begun)))
        found.append(("processor time of it, a passage", "us", (time.process_time() - begun_cpu) * 1e6 / row))
        await client.vacuum()
        for name, condition in (("search, no filter", None), ("search, language, 10 %", said["filter"])):
            times = []
            for n, (question, vector) in enumerate(zip(said["questions"], asked, strict=True)):
                begun = time.perf_counter()
                await client.chunk_repository.search(
                    question, limit=LIMIT, filter=condition, query_vector=vector.tolist()
                )
                if n >= WARM:
                    times.append((time.perf_counter() - begun) * 1000)
            found += [(f"{name}, p{p}", "ms", float(np.percentile(times, p))) for p in (50, 95, 99)]
    sys.stdout.write(json.dumps(found))


asyncio.run(main(Path(sys.argv[1])))
