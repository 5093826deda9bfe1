/** Entry of the working process of the command line: plugins, networks and pictures are read and computed with here. */
import { serve } from "leader-restore";
import { handlersOf } from "./handlers.js";
import { OpenPipeline } from "./open-pipeline.js";

const opened = new OpenPipeline({ noiseThread: true });
serve(handlersOf(opened), () => opened[Symbol.asyncDispose]());
