import { cancel, isCancel, select, text } from "@clack/prompts";
import { isLeaderError } from "@leader/graph";
import { kinds, kindNames, type Kind } from "./kinds.js";
import { namesOf } from "./names.js";

/** Asks for the name of the package; undefined if the user turned away. */
export async function askName(): Promise<string | undefined> {
  const answer = await text({
    message: "Name of the package",
    placeholder: "@you/leader-flash",
    validate: (value) => problemOf(value ?? ""),
  });
  if (!isCancel(answer)) return answer;
  turnedAway();
  return undefined;
}

/** Asks for the kind of the stage; undefined if the user turned away. */
export async function askKind(): Promise<Kind | undefined> {
  const answer = await select({
    message: "Kind of the stage",
    options: kindNames.map((kind) => ({ value: kind, label: kind, hint: kinds[kind] })),
  });
  if (!isCancel(answer)) return answer;
  turnedAway();
  return undefined;
}

function problemOf(name: string): string | undefined {
  try {
    namesOf(name);
    return undefined;
  } catch (error) {
    if (!isLeaderError(error)) throw error;
    return error.message;
  }
}

const turnedAway = (): void => cancel("Nothing was written.");
