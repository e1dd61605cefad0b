// Paths are relative: the service may stand behind a proxy, below some path.
window.ui = SwaggerUIBundle({
  url: "swagger.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  // the default sends the document to a validator on the Internet
  validatorUrl: null,
});
