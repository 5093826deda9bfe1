/** An event as a server sends it. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * The events of a stream, one by one. `EventSource` would not send the header with the key.
 * Fields other than `event` and `data` are left out: the service has none.
 */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/u);
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const read = eventOf(block);
        if (read !== undefined) yield read;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The event of one block; undefined for a sign of life. */
function eventOf(block: string): ServerEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/u)) {
    const [, name, value = ""] = /^(event|data): ?(.*)$/u.exec(line) ?? [];
    if (name === "event") event = value;
    if (name === "data") data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
