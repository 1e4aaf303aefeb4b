# Two stages: the page is built with everything, the image runs with what production needs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev && npm cache clean --force
COPY shared shared
COPY server server
COPY --from=build /app/dist dist
USER node
EXPOSE 2567
CMD ["node", "server/main.ts"]
