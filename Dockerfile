# One image for all processes of Lumio; compose.yaml shows them together, docs/operators/containers.md explains both.
#
#   docker build --tag lumio .

# The Python of this Debian is the one that the tests run on.
FROM debian:bookworm-slim AS python
# No version of a package is named: each build takes what Debian has mended by then.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*

FROM python AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
# First what seldom changes. Every package has to have one of the hashes that are written down.
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-compile --require-hashes \
        --requirement /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pip setuptools
COPY . /opt/lumio
WORKDIR /opt/lumio
# Settings want keys; these are for this one command and encrypt nothing.
RUN LUMIO_SECRET_KEY=unused \
    LUMIO_ENCRYPTION_KEYS=unused:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    LUMIO_STATIC_DIR=/opt/static \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q /opt/venv /opt/lumio

FROM python
# Their numbers are fixed, so that the owner of what lies in a volume stays the same from image to image.
RUN groupadd --system --gid 10001 lumio \
    && useradd --system --uid 10001 --gid lumio --home-dir /var/lib/lumio --shell /usr/sbin/nologin lumio \
    && install --directory --owner lumio --group lumio --mode 700 /var/lib/lumio
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/static /opt/static
COPY --from=build /opt/lumio /opt/lumio
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LUMIO_STATIC_DIR=/opt/static \
    LUMIO_VAR_DIR=/var/lib/lumio
WORKDIR /opt/lumio
USER 10001:10001
VOLUME /var/lib/lumio
EXPOSE 8000
# Of a web process; compose.yaml says for the others that they have none.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "lumio.run", "web", "--bind", "0.0.0.0"]
