// node examples/first-picture.mjs photo.png restored.png
import { createRestorer } from "leader-restore";

const [input = "photo.png", output = "restored.png"] = process.argv.slice(2);
const restorer = await createRestorer({ task: "upscale", factor: 2 });
const picture = await restorer.restore(input);
await picture.save(output);
console.log(`${output}: ${picture.width}x${picture.height}, ${picture.run.evaluations} evaluations`);
await restorer.close();
