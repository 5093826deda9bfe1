// node examples/server.mjs, then: curl --data-binary @photo.png http://127.0.0.1:8080 -o restored.png
import { createServer } from "node:http";
import { createPool } from "leader-restore";

const pool = await createPool({ task: "upscale", factor: 2 }, { maximum: 2, queue: 20, recycleAfter: 500 });
const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort()); // whoever hangs up frees the process for the next, between two steps
  try {
    const picture = await pool.restore(request, { signal: gone.signal });
    response.writeHead(200, { "content-type": "image/png" }).end(await picture.toBuffer("png"));
  } catch (error) {
    response.writeHead(error.retryable ? 503 : 422, { "content-type": "text/plain" }).end(`${error.code}: ${error.message}\n`);
  }
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
