# Telal with its model inside: no network is needed at run time. Build: docker build -t telal .
# Packages are installed by their SHA-256 (`make lock` writes them); nothing else is downloaded, not even to build Telal.
FROM python:3.12-slim AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY deploy/requirements.txt deploy/requirements-docs.txt deploy/
RUN python -m venv /opt/telal && /opt/telal/bin/pip install --require-hashes -r deploy/requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY telal telal
COPY rag rag
COPY ingest ingest
COPY api api
COPY eval eval
RUN /opt/telal/bin/pip install --no-deps --no-index --no-build-isolation .
COPY docs docs
COPY mkdocs.yml CHANGELOG.md ./
# The documentation is built with Telal's own packages and a few more, which the image does not keep.
RUN python -m venv /opt/docs \
    && /opt/docs/bin/pip install --require-hashes -r deploy/requirements-docs.txt \
    && packages=$(/opt/telal/bin/python -P -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && PYTHONPATH=$packages /opt/docs/bin/mkdocs build -q --site-dir "$packages/api/site"
RUN TELAL_EMBEDDING__CACHE_DIR=/opt/model /opt/telal/bin/telal model prepare

FROM python:3.12-slim

RUN useradd --uid 10001 --no-create-home --home-dir /data telal && install -d -o telal -g telal /data
COPY --from=build /opt/telal /opt/telal
COPY --from=build /opt/model /opt/model
ENV PATH=/opt/telal/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TELAL_DATA_DIR=/data \
    TELAL_EMBEDDING__CACHE_DIR=/opt/model \
    TELAL_SERVER__HOST=0.0.0.0 \
    TELAL_SERVER__LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["telal"]
CMD ["serve"]
