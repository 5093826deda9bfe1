import { elsewhere } from "../worker/elsewhere.js";

/** Turns published LPIPS weights into an ONNX network for the bench. Returns the exit code. */
export async function importLpips(weights: string, { output, json }: { readonly output: string; readonly json: boolean }): Promise<number> {
  return await elsewhere("importLpips", { weights, output }, json);
}
