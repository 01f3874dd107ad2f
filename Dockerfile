# Build and run: docker build -t lightwell . && docker run -p 8080:8080 -v lightwell:/data lightwell
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 DATA_DIR=/data PORT=8080

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY app.py config.py gunicorn.conf.py CHANGELOG.md ./
COPY models models
COPY utils utils
COPY blueprints blueprints
RUN useradd --system --home /data lightwell && mkdir -p /data && chown lightwell /data

USER lightwell
VOLUME /data
EXPOSE 8080
# the grace time of the server is 25 s: docker stop --time 30
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=10s CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health')"
CMD ["python", "-m", "utils.http.frontend", "gunicorn", "app:app"]
