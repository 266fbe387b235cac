# Build and run: docker build -t dav424 . && docker run --rm -p 127.0.0.1:4240:4240 dav424
# BASE can be any image that has Python 3.11 or newer, with venv and pip. VERSION, REPOSITORY (its URL), REVISION (a commit)
# and CREATED (RFC 3339) go into the labels; docs/releasing.md has the workflow that passes them.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
COPY pyproject.toml README.md LICENSE constraints.txt hatch_build.py /src/
COPY dialects /src/dialects
COPY scenarios /src/scenarios
COPY server /src/server
RUN python3 -m venv /opt/dav424 \
 && /opt/dav424/bin/python3 -m pip install --no-cache-dir --disable-pip-version-check --constraint /src/constraints.txt '/src[calendars,tls,valkey]' \
 && /opt/dav424/bin/python3 -m pip uninstall --yes --quiet pip

FROM ${BASE}
ARG VERSION=0
ARG REPOSITORY=
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="dav424" \
      org.opencontainers.image.description="A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.authors="The dav424 authors" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${REPOSITORY}" \
      org.opencontainers.image.url="${REPOSITORY}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /opt/dav424 /opt/dav424
ENV PATH=/opt/dav424/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    DAV424_HOST=* \
    DAV424_ACCESS_LOG=text
USER 65532:65532
EXPOSE 4240
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --start-interval=250ms --retries=3 CMD ["dav424", "health"]
ENTRYPOINT ["dav424"]
CMD ["serve"]
