/** Entry of a process that writes files of one repeated byte under one name until it is killed. */
import { writeFileAtomically } from "leader-restore";

const [path = "", kilobytes = "1"] = process.argv.slice(2);

for (let i = 0; ; i++) {
  await writeFileAtomically(path, new Uint8Array(1024 * Number(kilobytes)).fill(i));
  process.send?.(i);
}
