import accepts from "@fastify/accepts";
import multipart from "@fastify/multipart";
import Fastify, { type FastifyServerOptions } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { errors } from "../error-codes.js";
import type { App, Context } from "./context.js";
import { failureOf } from "./failures.js";
import { describeApi } from "./openapi.js";
import { servePage } from "./page.js";
import { answerExpectations, protocolFailures } from "./protocol-failures.js";
import { commonHeaders } from "./headers.js";
import { Refusals, refusingServer } from "./refusals.js";
import { operationRoutes } from "./routes/operation.js";
import { restorationRoutes } from "./routes/restorations.js";
import { resultRoutes } from "./routes/results.js";

/** Connections at one time; more wait in the system's own queue or are refused. */
const mostConnections = 1024;
/** Milliseconds between two looks for requests that arrive too slowly. */
const lookMs = 1000;
/** Milliseconds that an unused connection is kept. */
const keepAliveMs = 72_000;
/** Milliseconds in which the head of a request must have arrived. */
const headMs = 10_000;

/** The HTTP side of the service. */
export async function makeApp(context: Context, logger: FastifyServerOptions["logger"]): Promise<App> {
  const { settings } = context;
  const requestTimeout = 1000 * settings.requestSeconds;
  const app: App = Fastify({
    logger: logger ?? false,
    bodyLimit: settings.bytes,
    routerOptions: { maxParamLength: 64 },
    serverFactory: refusingServer(new Refusals(context), {
      connectionsCheckingInterval: lookMs,
      headersTimeout: Math.min(headMs, requestTimeout),
      requestTimeout,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: 16_384,
    }),
    return503OnClosing: false,
    ...protocolFailures(settings),
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = mostConnections;
  answerExpectations(app.server);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  for (const type of [/^image\//u, "application/octet-stream"])
    app.addContentTypeParser(type, { parseAs: "buffer" }, (_request, body, done) => {
      done(null, body);
    });
  app.removeContentTypeParser(["application/json", "text/plain"]);
  guard(app, context);
  answerFailures(app, context);
  await app.register(accepts);
  await app.register(multipart, { throwFileSizeLimit: true });
  await describeApi(app, context.version, settings.keys.length > 0);
  operationRoutes(app, context);
  restorationRoutes(app, context);
  resultRoutes(app, context);
  await servePage(app);
  app.addHook("preClose", (done) => {
    context.streams.close();
    done();
  });
  return app;
}

/** What is checked before a body is read. */
function guard(app: App, context: Context): void {
  const { access, runner, settings } = context;
  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers(commonHeaders);
    access.requireOrigin(request);
    if (request.method === "POST") {
      access.ownerOf(request);
      if (context.draining()) throw errors.DRAINING({});
      runner.requireRoom();
      if (Number(request.headers["content-length"] ?? 0) > settings.bytes) throw errors.BODY_TOO_LARGE({ limit: settings.bytes });
    }
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    context.metrics.answered(request.method, request.routeOptions.url ?? "none", reply.statusCode);
    done();
  });
}

/** Every failure is answered in one form; what nobody foresaw is logged and told nobody. */
function answerFailures(app: App, { runner, settings }: Context): void {
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const failure = failureOf(error, settings.bytes);
    if (failure.status === 500) request.log.error({ err: error }, "unexpected failure");
    if (failure.status === 429 || failure.status === 503) void reply.header("retry-after", String(runner.retrySeconds));
    if (failure.status === 401) void reply.header("www-authenticate", "Bearer");
    // What is left of a body that was refused would be read as the next request.
    if (!request.raw.complete) void reply.header("connection", "close");
    // The schema of a route may not know this status.
    return await reply.code(failure.status).type("application/json").serializer(JSON.stringify).send(failure);
  });
  app.setNotFoundHandler((request) => {
    throw errors.NOT_FOUND({ what: `${request.method} at this address` });
  });
}
