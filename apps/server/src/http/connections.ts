import type { Server } from "node:http";
import type { App } from "./context.js";

/** Milliseconds between two looks at what is left. */
const lookMs = 20;
/** Milliseconds for answers that are under way when the service is closed. */
const graceMs = 10_000;

/** The connections of a service, which end with it. */
export class Connections {
  readonly #server: Server;
  #answering = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("request", (_request, response) => {
      this.#answering++;
      response.once("close", () => this.#answering--);
    });
  }

  /**
   * Closes the application. Connections on which nothing was ever asked, as browsers open them in advance, are not idle for Node, which
   * would wait for them as long as it keeps connections alive.
   */
  async close(app: App): Promise<void> {
    const end = performance.now() + graceMs;
    const looking = setInterval(() => {
      if (this.#answering === 0 || performance.now() > end) this.#server.closeAllConnections();
    }, lookMs);
    try {
      await app.close();
    } finally {
      clearInterval(looking);
    }
  }
}
