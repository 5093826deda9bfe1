import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Notices } from "./repack.js";

/** What must be found in each text: the licence asks for its own words, and the notices name what is linked into the library. */
const expected: Readonly<Record<string, readonly string[]>> = {
  LICENSE: ["Microsoft Corporation", "Permission is hereby granted, free of charge"],
  "ThirdPartyNotices.txt": ["Eigen", "FlatBuffers"],
};

/**
 * Licence and notices of onnxruntime, which its npm package lacks.
 * @param folder that holds them; without one they are fetched from the tag of the version in Microsoft's repository
 * @throws Error if they are not there, or not what they should be
 */
export async function readNotices(version: string, folder: string | undefined): Promise<Notices> {
  const texts = await Promise.all(
    Object.keys(expected).map(async (file) => {
      const text = folder === undefined ? await fetched(version, file) : readFileSync(join(folder, file), "utf8");
      return [file, text] as const;
    }),
  );
  for (const [file, text] of texts) checkNotice(file, text);
  return Object.fromEntries(texts);
}

/** @throws Error if the text lacks what makes it that file */
export function checkNotice(file: string, text: string): void {
  const missing = (expected[file] ?? []).filter((words) => !text.toLowerCase().includes(words.toLowerCase()));
  if (missing.length > 0) throw new Error(`${file} of onnxruntime does not say ${missing.map((words) => `"${words}"`).join(" and ")}`);
}

async function fetched(version: string, file: string): Promise<string> {
  const address = `https://raw.githubusercontent.com/microsoft/onnxruntime/v${version}/${file}`;
  const answer = await fetch(address).catch((cause: unknown) => {
    throw new Error(`${address} cannot be reached; save LICENSE and ThirdPartyNotices.txt of v${version} and pass --notices FOLDER`, {
      cause,
    });
  });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}; pass --notices FOLDER`);
  return answer.text();
}
