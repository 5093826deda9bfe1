/** Entry of the thread that prepares draws while the network computes. */
import { drawNoise } from "@leader/core";
import { parentPort } from "node:worker_threads";
import { numbersOf, slotState, stateOf, type NoiseSlot } from "./noise-slot.js";

parentPort?.on("message", ({ request, memory }: NoiseSlot) => {
  const state = stateOf(memory);
  // Whoever needs the draw may already have made it.
  if (Atomics.compareExchange(state, 0, slotState.asked, slotState.working) !== slotState.asked) {
    Atomics.store(state, 0, slotState.passed);
    return;
  }
  drawNoise(request, numbersOf(memory));
  Atomics.store(state, 0, slotState.ready);
  Atomics.notify(state, 0);
});
