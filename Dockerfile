# What runs in production; the page is built with all that building needs, which stays behind.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev

FROM packages AS build
RUN npm install
COPY shared shared
COPY server server
COPY client client
RUN npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY shared shared
COPY server server
USER node
EXPOSE 2567
# node itself and no shell before it: SIGTERM reaches it, and it lets its players go in good order.
CMD ["node", "server/main.ts"]
