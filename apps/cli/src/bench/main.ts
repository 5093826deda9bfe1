/** Entry of the working process of `bench`: its plugins, pictures and networks are read here, and its tables made. */
import { serve } from "leader-restore";
import { served } from "../worker/served.js";
import { OpenBench } from "./open-bench.js";

const opened = new OpenBench();
serve(served(opened.tasks), () => opened[Symbol.asyncDispose]());
