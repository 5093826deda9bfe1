import { adm } from "./adm.js";
import type { Architecture } from "./architecture.js";
import { ddpm } from "./ddpm.js";
import { diffusers } from "./diffusers.js";
import { drunet } from "./drunet.js";
import { edm } from "./edm.js";

/** Every architecture, in the order in which a file is compared with them. */
export const architectures: readonly Architecture[] = [diffusers, adm, ddpm, edm, drunet];
