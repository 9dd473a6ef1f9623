# One image for every service; the command says which. The Node that the tests run on.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /burnline
COPY . .
RUN npm ci
RUN npm run build
# What the services need to run, sources left out. The embedded engine (550 MB) is for `burnline up` alone, and npm knows no
# way to leave out a dependency of one workspace.
RUN npm ci --omit=dev -w services/collector -w services/processor -w services/sink -w services/alerter -w services/burnline \
 && rm -rf node_modules/chdb node_modules/@chdb packages/*/src services/*/src

FROM node:20.20.2-bookworm-slim
WORKDIR /burnline
ENV NODE_ENV=production
COPY --from=build /burnline/package.json /burnline/LICENSE ./
COPY --from=build /burnline/node_modules node_modules
COPY --from=build /burnline/packages packages
COPY --from=build /burnline/services services
COPY --from=build /burnline/sql sql
# Files belong to root: the services write none.
USER node
EXPOSE 4380 9464
CMD ["node", "services/collector/dist/main.js"]
