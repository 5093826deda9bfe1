/** The service under test, in a process of its own: with small limits, so that what is slow or large meets them soon. */
import { createService } from "@leader/server";

const service = await createService({
  port: 0,
  maximum: 1,
  queue: 20,
  bytes: 2 ** 18,
  pixels: 2 ** 16,
  seconds: 10,
  memoryMiB: 700,
  requestSeconds: 1,
  keepSeconds: 60,
  storeBytes: 2 ** 22,
  logLevel: "error",
});
process.stdout.write(`${await service.listen()}\n`);
process.once("SIGTERM", () => void service.close());
