# Dockerfile - everything that Kinglet needs, for amd64 and arm64
#
#    docker build -t kinglet .
#    docker run -it --rm -v "$PWD":/kinglet kinglet
#
#    On arm64, `build/setup` brings cross compilers; QEMU runs the machine on either.
FROM debian:12-slim

COPY build/setup /tmp/kinglet/build/setup
RUN sh /tmp/kinglet/build/setup check && rm -rf /var/lib/apt/lists/* /tmp/kinglet

ENV LANG=C.UTF-8
WORKDIR /kinglet
CMD ["bash"]
