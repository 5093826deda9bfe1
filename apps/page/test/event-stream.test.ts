import { expect, test } from "vitest";
import { serverEvents } from "../src/api/event-stream.js";

/** A stream that arrives in pieces of `size` bytes. */
function streamOf(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
}

const text = 'event: state\ndata: {"a":"é"}\n\n: \n\nevent: progress\r\ndata: 1\r\ndata: 2\r\n\r\nevent: cut off\ndata: 3';

test.each([1, 2, 7, 1000])("events are whole however they arrive: %i bytes at a time", async (size) => {
  const events = [];
  for await (const event of serverEvents(streamOf(text, size))) events.push(event);
  expect(events).toEqual([
    { event: "state", data: '{"a":"é"}' },
    { event: "progress", data: "1\n2" },
  ]);
});

test("a stream that nobody reads any more is cancelled", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const { data } of serverEvents(endless)) {
    expect(data).toBe("x");
    break;
  }
  expect(cancelled).toBe(true);
});
