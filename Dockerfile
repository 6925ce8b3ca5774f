# docker build --build-arg VERSION=v1.0.0 -t offboard .
# docker run --init --rm -it --user "$(id -u):$(id -g)" -v "$PWD:/data" -e OFFBOARD_TOKEN \
#     offboard run --base-url https://tenant.example people.csv
#
# The run's folder is then ./runs/... here. --init lets a second Ctrl-C end the program at once;
# 'docker stop -t 40' gives requests in flight the time to finish.

FROM golang:1.26.8-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath \
        -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /image/offboard ./cmd/offboard \
    && mkdir -p /image/etc/ssl/certs /volume/data \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /volume/ /
USER 65532:65532
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/offboard"]
