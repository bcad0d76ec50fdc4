# Built in one stage, run in another: what builds is not in what runs.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/libra
COPY requirements.txt .
RUN /opt/libra/bin/pip install --require-hashes --requirement requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/libra/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LIBRA_DATA_DIR=/data LIBRA_PRODUCTION=on
RUN useradd --system --uid 10001 --home-dir /nonexistent libra && install -d -o libra -g libra /data
COPY --from=build /opt/libra /opt/libra
WORKDIR /libra
COPY manage.py pyproject.toml ./
COPY config config
COPY core core
COPY reconcile reconcile
COPY bursar bursar
COPY templates templates
COPY static static
# The key is for this one command; the running containers are given theirs.
RUN LIBRA_SECRET_KEY=collects-static-files-and-nothing-else LIBRA_ALLOWED_HOSTS=build LIBRA_DATA_DIR=/tmp/build \
    python manage.py collectstatic --no-input --verbosity 0 && rm -r /tmp/build
USER libra
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--bind", "0.0.0.0:8000", \
    "--timeout", "120", "--graceful-timeout", "20", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", \
    "--access-logfile", "-"]
