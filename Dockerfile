# Build and run: docker build -t dav424 . && docker run --rm -p 127.0.0.1:4240:4240 dav424
# BASE can be any image that has Python 3.11 or newer, with venv and pip.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
COPY pyproject.toml README.md LICENSE /src/
COPY scenarios /src/scenarios
COPY server /src/server
RUN python3 -m venv /opt/dav424 \
 && /opt/dav424/bin/python3 -m pip install --no-cache-dir --disable-pip-version-check '/src[tls]' \
 && /opt/dav424/bin/python3 -m pip uninstall --yes --quiet pip

FROM ${BASE}
ARG VERSION=0
LABEL org.opencontainers.image.title="dav424" \
      org.opencontainers.image.description="A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/dav424 /opt/dav424
ENV PATH=/opt/dav424/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    DAV424_HOST=*
USER 65532:65532
EXPOSE 4240
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --start-interval=250ms --retries=3 CMD ["dav424", "health"]
ENTRYPOINT ["dav424"]
CMD ["serve"]
