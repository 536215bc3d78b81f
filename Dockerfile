# glibc 2.41 (trixie): the current build of uWebSockets.js runs as it is from 2.38 on.
FROM node:24-trixie-slim AS build
WORKDIR /laurel
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY test ./test
COPY bench ./bench
RUN npm run build && npm prune --omit=dev

FROM node:24-trixie-slim
ENV NODE_ENV=production LAUREL_HOST=0.0.0.0 LAUREL_PORT=8080 LAUREL_DATA=/data
WORKDIR /laurel
COPY --from=build /laurel/node_modules ./node_modules
COPY --from=build /laurel/dist ./dist
COPY package.json ./
COPY config ./config
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.LAUREL_PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# exec form: node is process 1 and gets SIGTERM itself.
CMD ["node", "dist/laurel/main.js", "serve"]
