// The page to try out GraphQL in development. React and GraphiQL are plain scripts, so they stand on `window`.
const { GraphiQL, React, ReactDOM } = window;
const place = document.getElementById("graphiql");

const fetcher = GraphiQL.createFetcher({
  url: place.dataset.address,
  headers: { "X-CSRFToken": place.dataset.csrf },
});

ReactDOM.createRoot(place).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: "{\n  myPermissions\n}\n" }),
);
