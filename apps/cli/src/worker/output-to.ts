import type { Reading } from "../render/reading.js";
import type { Output } from "../render/output.js";
import type { Ways } from "../telling/ways.js";

/** An output whose lines are events of a task, in two forms; whoever asked for it writes the one that is wanted. */
export const outputTo = (emit: Ways["emit"]): Pick<Output, "record" | "text"> => ({
  record: (record) => emit({ type: "said", record: plain(record) }),
  text: (text) => emit({ type: "said", text }),
});

/** What JSON keeps of a record: others, such as functions, do not reach another process. */
const plain = (record: object): unknown => JSON.parse(JSON.stringify(record));

/** Tells how far files are read by events of a task. */
export const readingTo = (emit: Ways["emit"]): Reading["at"] => {
  return (file, share) => emit({ type: "loading", file, share });
};
