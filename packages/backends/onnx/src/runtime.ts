import type * as OnnxRuntimeNode from "onnxruntime-node";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { errors } from "./error-codes.js";

/** The part of onnxruntime-node that this package uses. */
export interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: typeof Tensor;
  readonly version: string;
}

/**
 * Loads onnxruntime-node on first use, so that importing the plugin loads no native code. From 1.30 on it would keep an identifier of the device
 * and a log in the user's folders, and report its use to its maker; that is refused, unless the environment says otherwise.
 */
export async function loadRuntime(load: () => Promise<typeof OnnxRuntimeNode> = () => import("onnxruntime-node")): Promise<Runtime> {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
  try {
    const { InferenceSession, Tensor, env } = await load();
    // Failures arrive as exceptions; the native log would repeat them on the user's terminal.
    env.logLevel = "fatal";
    return { InferenceSession, Tensor, version: env.versions.node ?? env.versions.common };
  } catch (cause) {
    throw errors.DEPENDENCY_MISSING({ package: "onnxruntime-node", reason: firstLine(cause) }, { cause });
  }
}

/** The first line of an error's message, without the source places that native code puts before it. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split("\n", 1)[0]!.trim();
  return line.replace(/^\/\S+:\d+ .*? was false\. /u, "");
}
