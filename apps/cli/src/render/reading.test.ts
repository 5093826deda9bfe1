import { expect, it } from "vitest";
import { readingLine, readingLines } from "./reading.js";

it("writes the share of a file on one line of a terminal, and takes it away", () => {
  let text = "";
  const reading = readingLine((part) => (text += part));
  reading.end();
  expect(text).toBe("");
  reading.at("ffhq_10m.pt", 0.376);
  reading.at("net.onnx", undefined);
  reading.end();
  reading.end();
  expect(text).toBe("\r\u001b[Kffhq_10m.pt: reading 37 %\r\u001b[Knet.onnx: reading\r\u001b[K");
});

it("writes one line for each file elsewhere", () => {
  const lines: string[] = [];
  const reading = readingLines((line) => lines.push(line));
  for (const share of [0.1, 0.2, 1]) reading.at("ffhq_10m.pt", share);
  reading.at("other.pt", 0.5);
  expect(lines).toEqual(["reading ffhq_10m.pt", "reading other.pt"]);
});
