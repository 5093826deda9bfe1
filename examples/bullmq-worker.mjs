// REDIS=redis://127.0.0.1:6379 node bullmq-worker.mjs
// Restores pictures of a queue of your own: jobs `{ input, output }` are paths of files on a disk that all workers see.
// In your application: await new Queue("pictures", { connection }).add("restore", { input, output }, { attempts: 3, jobId })
import { Worker, UnrecoverableError } from "bullmq";
import { Redis } from "ioredis";
import { createPool } from "leader-restore";

const concurrency = Number(process.env.CONCURRENCY ?? 1);
// The network computes in processes of the pool: this one stays free to renew its locks, however long a picture takes.
const pool = await createPool({ task: "denoise", noise: 0.1, quality: "draft" }, { maximum: concurrency, recycleAfter: 500 });
const connection = new Redis(process.env.REDIS ?? "redis://127.0.0.1:6379", { maxRetriesPerRequest: null });

const worker = new Worker(
  "pictures",
  async (job) => {
    try {
      const restoration = pool.restore(job.data.input, { seed: 1 });
      for await (const { fraction } of restoration) await job.updateProgress(Math.round(100 * fraction));
      const picture = await restoration;
      // Whole or not at all: of two workers that have the same job, after a lost lock, neither leaves half a file.
      await picture.save(job.data.output);
      return { evaluations: picture.run.evaluations, width: picture.width, height: picture.height };
    } catch (error) {
      // A picture that cannot be read will not be read next time; memory, time and crashes may be better then.
      throw error.retryable ? error : new UnrecoverableError(`${error.code}: ${error.message}`);
    }
  },
  { connection, concurrency },
);
worker.on("failed", (job, error) => console.error(`${job?.id ?? "a job"} failed: ${error.message}`));

async function stop() {
  await worker.close(); // finishes what was begun
  await pool.close();
  connection.disconnect();
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

await worker.waitUntilReady();
console.log("ready");
