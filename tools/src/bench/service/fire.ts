/** A process that sends requests with autocannon and writes what it measured, so that whoever started it is free to look at the service. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import autocannon from "autocannon";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: "string", default: "1" },
    seconds: { type: "string", default: "10" },
    rate: { type: "string" },
    picture: { type: "string" },
  },
});

const body = values.picture === undefined ? undefined : readFileSync(values.picture);
const result = await autocannon({
  url: positionals[0]!,
  connections: Number(values.clients),
  duration: Number(values.seconds),
  ...(values.rate === undefined ? {} : { overallRate: Number(values.rate) }),
  ...(body === undefined ? {} : { method: "POST", headers: { "content-type": "image/png" }, body }),
});
process.stdout.write(JSON.stringify(result));
