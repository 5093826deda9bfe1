import { restoredBits } from "./restored-bits.js";

/** Tells the list `nodes` what another Node computes. */
process.stdout.write(JSON.stringify(await restoredBits(Number(process.argv[2]))));
