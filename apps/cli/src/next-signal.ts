/** Resolves at the next signal that asks a program to end; until then none of them ends it. */
export const nextSignal = (): Promise<void> =>
  new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => done());
  });
