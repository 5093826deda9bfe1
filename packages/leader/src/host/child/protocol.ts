import type { HostTensor } from "@leader/graph";
import type { PipelineEventBody } from "@leader/core";
import type { PipelineSource } from "../config/blueprint.js";
import type { PipelineOptions, RestoreOptions, RestoreResult } from "../types.js";
import type { WireError } from "./wire-error.js";

/** Version of the messages between a session and its computing process; both come from one installation. */
export const protocolVersion = 2;

/** To the computing process. */
export type ToChild =
  | { readonly type: "open"; readonly protocol: number; readonly source: PipelineSource; readonly options: PipelineOptions }
  | { readonly type: "restore"; readonly id: number; readonly y: HostTensor; readonly options: Omit<RestoreOptions, "signal"> }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "close" };

/** From the computing process. */
export type FromChild =
  | { readonly type: "hello"; readonly protocol: number }
  | { readonly type: "ready" }
  | { readonly type: "open-failed"; readonly error: WireError }
  | { readonly type: "event"; readonly id: number; readonly event: PipelineEventBody }
  | { readonly type: "result"; readonly id: number; readonly result: RestoreResult }
  | { readonly type: "failure"; readonly id: number; readonly error: WireError };
