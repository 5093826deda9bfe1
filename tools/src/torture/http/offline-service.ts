/** Starts a service, has it restore pictures and asks for its page, all on this machine: run where there is no other. */
import { ServiceUnderTest } from "./service-under-test.js";

const service = await ServiceUnderTest.start();
try {
  const address = `http://${service.known.host}`;
  const stated = ["/", "/healthz", "/readyz", "/openapi.json", "/metrics"];
  const paths = new Set(stated);
  for (const path of paths) {
    const response = await fetch(new URL(path, address));
    const text = await response.text();
    process.stdout.write(`${response.status} ${path}\n`);
    // What is found in minified scripts may only look like an address.
    if (!response.ok && stated.includes(path))
      throw new Error(`${path} is answered with ${response.status}: is the page built (npm run build)?`);
    if (!/html|css|javascript/u.test(response.headers.get("content-type") ?? "")) continue;
    const loaded = [...text.matchAll(/(?:src|href)="([^"#]+)"|url\((?!["']?data:)([^)]+)\)|\bimport\(?["']([^"']+)["']/gu)];
    for (const [whole, ...parts] of loaded) {
      const target = new URL(parts.join(""), new URL(path, address));
      // What a visitor follows by hand is a link, and nothing that the page loads.
      if (target.protocol.startsWith("http") && target.origin !== address && !whole.startsWith("href"))
        throw new Error(`${path} loads ${target.href}`);
      if (target.origin === address) paths.add(target.pathname);
    }
  }
} finally {
  await service.close();
}
