import type { WireError } from "./wire-error.js";

/** Version of the messages between a process and its worker; both come from one installation. */
export const protocolVersion = 4;

/** To the working process. Arguments, events and results are plain data. */
export type ToChild =
  | { readonly type: "call"; readonly protocol: number; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "finish"; readonly id: number }
  | { readonly type: "close" };

/** From the working process. Every call is acknowledged by `begun`: what was never begun can be asked of another process. */
export type FromChild =
  | { readonly type: "hello"; readonly protocol: number }
  | { readonly type: "begun"; readonly id: number }
  | { readonly type: "events"; readonly id: number; readonly events: readonly unknown[] }
  | { readonly type: "result"; readonly id: number; readonly result: unknown }
  | { readonly type: "failure"; readonly id: number; readonly error: WireError };
