FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY server server
COPY web web
RUN node server/page/build-process.ts

FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY server server
COPY widget widget
COPY --from=dependencies /app/web web
RUN install -d -m 700 -o node -g node /data
ENV NODE_ENV=production DATA_DIR=/data HOST=0.0.0.0 PORT=3000
# little memory: docs/decisions/memory.md
ENV NODE_OPTIONS=--max-semi-space-size=8 MALLOC_ARENA_MAX=2
USER node
VOLUME /data
EXPOSE 3000
# that the process is up, not that its database is: restarting would not help that; balancers ask /readyz
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "bin/support-inbox.mjs"]
CMD ["serve"]
