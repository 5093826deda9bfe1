import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App } from "./context.js";
import { requestFields } from "./request-fields.js";

const binary = { type: "string", format: "binary" } as const;

/** The body of a request for a restoration, which is read as it arrives and so has no schema that the framework could check. */
function requestBody(): object {
  const { $schema: _, ...fields } = z.toJSONSchema(requestFields, { io: "input", target: "openapi-3.0" }) as Readonly<
    Record<string, unknown>
  >;
  const form = {
    ...fields,
    properties: {
      picture: { ...binary, description: "the picture" },
      mask: { ...binary, description: "inpaint: black or transparent is missing" },
      kernel: { ...binary, description: "deblur: picture or .npy of the blur of one point of light" },
      ...(fields["properties"] as object),
    },
    required: ["picture"],
  };
  return {
    required: true,
    content: { "multipart/form-data": { schema: form }, "image/*": { schema: binary }, "application/octet-stream": { schema: binary } },
  };
}

/** Describes the service at /openapi.json, with a page at /docs; both come from the schemas that requests are checked with. */
export async function describeApi(app: App, version: string, secured: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.0.3",
      info: { title: "LEADer", version, description: "Zero-shot image restoration with diffusion priors." },
      ...(secured ? { components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } }, security: [{ key: [] }] } : {}),
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const made = "openapiObject" in document ? document.openapiObject : document.swaggerObject;
      const post = made.paths?.["/v1/restorations"]?.post;
      if (post !== undefined) Object.assign(post, { requestBody: requestBody() });
      return made;
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: true,
    // The page asks nobody but this service, and works without TLS.
    transformStaticCSP: (header) => header.replace(" validator.swagger.io", "").replace(" upgrade-insecure-requests;", ""),
  });
  app.get("/openapi.json", { schema: { hide: true }, logLevel: "warn" }, async (_request, reply) => await reply.send(app.swagger()));
}
