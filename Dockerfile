# docker build -t emotag .
# docker run --rm -v ~/Music:/music -v emotag:/store emotag scan /music

FROM python:3.13-slim AS build
COPY . /src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl
RUN useradd --uid 1000 --create-home emotag && install --directory --owner=emotag --group=emotag /music /store
USER 1000:1000
# Files are reached from /music, and the library database outlives the container.
ENV EMOTAG_STORE=/store/library.sqlite
WORKDIR /music
VOLUME ["/music", "/store"]
ENTRYPOINT ["emotag"]
CMD ["--help"]
