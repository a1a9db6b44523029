FROM node:24-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
# without scripts: the image has its own Node.js, and there is nothing to build yet
RUN npm ci --ignore-scripts
COPY . .
RUN npm run release -- --folder /app

FROM node:24-slim
WORKDIR /app
COPY --from=build /app ./
RUN install -d -m 700 -o node -g node /data
ENV NODE_ENV=production DATA_DIR=/data HOST=0.0.0.0 PORT=3000
# little memory: docs/decisions/memory.md
ENV NODE_OPTIONS=--max-semi-space-size=8 MALLOC_ARENA_MAX=2
USER node
VOLUME /data
EXPOSE 3000
# that the process is up, not that its database is: restarting would not help that; balancers ask /readyz
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "bin/support-inbox.mjs"]
CMD ["serve"]
