# check=error=true
# One image for `adapter serve` and `adapter work`. Nothing of the builder but the finished environment is kept.

FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv /opt/adapter && /opt/adapter/bin/python -m pip install --no-compile --require-hashes -r requirements.txt
RUN python3 -m venv /opt/build && /opt/build/bin/python -m pip install --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md ./
COPY adapter adapter
COPY mappings mappings
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .
RUN /opt/adapter/bin/python -m pip install --no-compile --no-deps --no-index dist/*.whl
# Here, because the root of the container may be read-only.
RUN /opt/adapter/bin/python -m compileall -q -j 0 /opt/adapter/lib
RUN install -d -m 0700 /opt/data

FROM python:3.11-slim
ARG REVISION=unknown
LABEL org.opencontainers.image.title="palliative-fhir-adapter" \
      org.opencontainers.image.description="Judges palliative care events in FHIR against payment schemes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/adapter/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ADAPTER_DATA_FOLDER=/data
COPY --from=builder /opt/adapter /opt/adapter
COPY --from=builder --chown=65532:65532 /opt/data /data
# Numeric, so that an orchestrator can see that it is not root.
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["adapter", "health"]
ENTRYPOINT ["adapter"]
CMD ["serve", "--host", "0.0.0.0"]
