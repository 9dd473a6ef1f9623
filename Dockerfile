# One image for every service; the command says which. The Node that the tests run on.
# Manifests come first: packages are installed anew only when one of these changes, whatever else does.
FROM node:20.20.2-bookworm-slim AS manifests
WORKDIR /burnline
COPY package.json package-lock.json .npmrc ./
COPY packages/contracts/package.json packages/contracts/
COPY packages/core/package.json packages/core/
COPY packages/counting/package.json packages/counting/
COPY packages/dashboards/package.json packages/dashboards/
COPY packages/judging/package.json packages/judging/
COPY packages/publisher/package.json packages/publisher/
COPY packages/queries/package.json packages/queries/
COPY packages/reading/package.json packages/reading/
COPY packages/specs/package.json packages/specs/
COPY packages/runtime/package.json packages/runtime/
COPY packages/testing/package.json packages/testing/
COPY services/alerter/package.json services/alerter/
COPY services/burnline/package.json services/burnline/
COPY services/collector/package.json services/collector/
COPY services/console/package.json services/console/
COPY services/engine/package.json services/engine/
COPY services/processor/package.json services/processor/
COPY services/sink/package.json services/sink/

# What the services need to run. The embedded engine (550 MB) is for `burnline up` alone, and npm knows no way to leave out a
# dependency of one workspace.
FROM manifests AS installed
RUN npm ci --omit=dev -w services/collector -w services/processor -w services/sink -w services/alerter -w services/console -w services/burnline \
 && rm -rf node_modules/chdb node_modules/@chdb

FROM manifests AS built
RUN npm ci
COPY . .
RUN npm run build && rm -rf packages/testing packages/dashboards packages/*/src services/*/src packages/*/node_modules services/*/node_modules

FROM node:20.20.2-bookworm-slim
WORKDIR /burnline
ENV NODE_ENV=production
# What changes least stands first.
COPY --from=installed /burnline ./
COPY --from=built /burnline/LICENSE ./
COPY --from=built /burnline/packages packages
COPY --from=built /burnline/services services
COPY --from=built /burnline/sql sql
# Files belong to root: the services write none.
USER node
EXPOSE 4317 4380 4390 9464
CMD ["node", "services/collector/dist/main.js"]
