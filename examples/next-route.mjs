// app/api/restore/route.js of a Next.js application, or any handler of Request and Response.
// fetch("/api/restore?seed=7", { method: "POST", body: file }) resolves to the restored picture.
import { createPool } from "leader-restore";

export const runtime = "nodejs"; // native code computes; it does not run at the edge
export const dynamic = "force-dynamic";
export const maxDuration = 60;

const mostBytes = 16 * 2 ** 20;

// One pool for all requests. In development every change loads this file anew; the pool stays. One that could not be made is tried again.
const pool = () =>
  (globalThis.restorationPool ??= createPool(
    { task: "denoise", noise: 0.1, quality: "draft" },
    { maximum: 1, queue: 20, recycleAfter: 500 },
  ).catch((error) => {
    globalThis.restorationPool = undefined;
    throw error;
  }));

const failure = (status, error) =>
  Response.json(
    { code: error.code, message: error.message, hint: error.hint },
    { status, ...(status === 503 && { headers: { "retry-after": "5" } }) },
  );

export async function POST(request) {
  if (Number(request.headers.get("content-length") ?? Infinity) > mostBytes) return new Response("too large", { status: 413 });
  const seed = Number(new URL(request.url).searchParams.get("seed") ?? 0);
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    // `request.signal`: whoever leaves the page frees the process for the next, between two steps.
    const picture = await (await pool()).restore(bytes, { seed, signal: request.signal });
    return new Response(await picture.toBuffer("webp"), { headers: { "content-type": "image/webp", "cache-control": "no-store" } });
  } catch (error) {
    if (typeof error.code !== "string" || !error.code.startsWith("LEADER_")) throw error;
    return failure(error.retryable ? 503 : 422, error);
  }
}

export async function GET() {
  const { running, waiting } = await pool();
  return Response.json({ running, waiting });
}
