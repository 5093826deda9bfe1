// node fastify-app.mjs, then: curl --data-binary @photo.png -H 'content-type: image/png' http://127.0.0.1:8080/restored -o restored.png
// A service of your own over the library: one route, one picture in, one out. `leader serve` has much more (docs/service.md).
import Fastify from "fastify";
import { createPool } from "leader-restore";

const pool = await createPool({ task: "denoise", noise: 0.1, quality: "draft" }, { maximum: 2, queue: 20, recycleAfter: 500 });
const app = Fastify({ bodyLimit: 16 * 2 ** 20 });

app.addContentTypeParser(/^image\//, { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.post("/restored", async (request, reply) => {
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort()); // whoever hangs up frees the process for the next, between two steps
  const picture = await pool.restore(request.body, { seed: 1, signal: gone.signal });
  return reply.type("image/png").send(await picture.toBuffer("png"));
});

app.setErrorHandler((error, _request, reply) => {
  // Codes are stable; `retryable` says whether the same request may succeed at another time.
  const coded = error.code?.startsWith("LEADER_") === true;
  const status = coded ? (error.retryable ? 503 : 422) : (error.statusCode ?? 500);
  return reply.code(status).send({ code: error.code, message: error.message, hint: error.hint });
});

app.addHook("onClose", () => pool.close());
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => app.close());

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 8080) });
console.log(`listening on ${app.server.address().port}`);
