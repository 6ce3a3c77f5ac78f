# syntax=docker/dockerfile:1
FROM node:24.19.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Compiles, and bundles the workflows once: what runs is what was built, whoever starts it.
RUN node scripts/build.mjs

FROM node:24.19.0-bookworm-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The SDK brings its native part for five platforms; each of the four others weighs as much as the one that is used.
RUN npm ci --omit=dev \
  && target="$(uname -m | sed 's/arm64/aarch64/')-unknown-linux-gnu" \
  && test -d "node_modules/@temporalio/core-bridge/releases/$target" \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$target" -exec rm -r {} + \
  && mkdir -p /empty

# No shell, no package manager; its user is 65532. Pin it by digest where you deploy it.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
# Files of a network disk that hangs would keep names from being looked up: both wait for the same threads.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY contract contract
# A named volume takes its owner from the directory it is mounted over.
COPY --from=production --chown=65532:65532 /empty /var/lib/golive/evidence
EXPOSE 8080
CMD ["dist/worker.js"]
