import type { Command } from "commander";
import { collect } from "./collect.js";
import type { serve } from "./commands/serve.js";
import type { worker } from "./commands/worker.js";

/** The commands that run until they are told to stop. */
export function addServiceCommands(program: Command): void {
  program
    .command("serve")
    .description("restore behind an address: an HTTP service on this machine (needs @leader/server)")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0: any free one", "8080")
    .option("--keys <file>", "file of keys, one a line, of which a request must bring one")
    .option("--allow-host <name>", "name beside localhost by which the service is reached; repeatable", collect, [])
    .option("--plugin <name>", "only these plugins may be named by requests (default: those that come along); repeatable", collect, [])
    .option("--file <name=path>", "network or other file that requests may name; repeatable", collect, [])
    .option("--queue <address>", "redis://host:6379: workers restore, in place of processes of this program; needs --storage")
    .option("--storage <place>", "with --queue: a folder, or s3://bucket/prefix, that services and workers share")
    .option("--minimum <number>", "computing processes that are started at once")
    .option("--maximum <number>", "pictures that are restored side by side (default: half the processors)")
    .option("--recycle-after <number>", "pictures after which a process is replaced by a fresh one")
    .option("--queue-length <number>", "restorations that wait; more are refused")
    .option("--max-bytes <number>", "bytes of one request")
    .option("--max-pixels <number>", "pixels of a picture, and of its result")
    .option("--max-seconds <seconds>", "time of one restoration")
    .option("--max-memory <amount>", "memory of one computing process, such as 800 (MiB) or 1.5G")
    .option("--keep-seconds <seconds>", "time that results are kept")
    .option("--drain-seconds <seconds>", "time to finish what runs after SIGTERM")
    .option("--log-level <level>", "silent, error, warn, info or debug", "info")
    .action(async (options: Parameters<typeof serve>[0]) => {
      const { serve } = await import("./commands/serve.js");
      process.exitCode = await serve(options);
    });

  program
    .command("worker")
    .description("take parts of `bench` and `restore`, or with --storage restorations of `serve`, from a queue until a signal comes")
    .option("--queue <address>", "redis://host:6379 (default: $LEADER_QUEUE)")
    .option("--storage <place>", "restore for `leader serve --queue`, and run no commands: its folder, or s3://bucket/prefix")
    .option("--plugin <name>", "of restorations: only these plugins may be named, as by `leader serve`; repeatable", collect, [])
    .option(
      "--file <name=path>",
      "of restorations: network or other file that they may name, as by `leader serve`; repeatable",
      collect,
      [],
    )
    .option("--max-seconds <seconds>", "time of one restoration")
    .option("--max-memory <amount>", "memory of one computing process, such as 800 (MiB) or 1.5G")
    .option("--concurrency <number>", "parts or restorations side by side", "1")
    .option("--lock-seconds <seconds>", "time without a sign of life after which a part goes to another worker", "30")
    .action(async (options: Parameters<typeof worker>[0]) => {
      const { worker } = await import("./commands/worker.js");
      process.exitCode = await worker(options);
    });
}
