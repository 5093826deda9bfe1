import { defineErrors } from "@leader/graph/errors";
import { configErrors } from "./config-errors.js";
import { pictureErrors } from "./picture-errors.js";

const otherErrors = defineErrors("LEADER", {
  // Plugins
  REFERENCE_INVALID: (p: { reference: string; hint: string }) => ({
    message: `\`${p.reference}\` does not name a stage`,
    hint: p.hint,
  }),
  PLUGIN_NOT_FOUND: (p: { plugin: string; directory: string; isFile: boolean; similar: string | undefined }) => ({
    message: `plugin ${p.plugin} was not found from ${p.directory}`,
    hint: p.isFile
      ? "check the path; it is relative to the pipeline file"
      : `${p.similar === undefined ? "" : `did you mean \`${p.similar}\`? Otherwise `}install it beside the pipeline file: npm install ${p.plugin}`,
  }),
  PLUGIN_LOCAL_REFUSED: (p: { plugin: string; path: string }) => ({
    message: `${p.plugin} is code that lies with the pipeline (${p.path}), and local plugins are not allowed here`,
    hint: "read that code; if you trust it, leave --no-local-plugins out (in code: localPlugins)",
  }),
  PLUGIN_NOT_ALLOWED: (p: { plugin: string; allowed: readonly string[] }) => ({
    message: `${p.plugin} may not be used here; allowed are ${p.allowed.length === 0 ? "none" : p.allowed.join(", ")}`,
    hint: "choose a stage of an allowed plugin; who runs the program decides which are",
  }),
  PLUGIN_SHADOWED: (p: { plugin: string; used: string; ignored: string }) => ({
    message: `${p.plugin} comes with this program (${p.used}); the package of that name beside the pipeline (${p.ignored}) is not used`,
    hint: "remove it, or give it another name if it is your own",
  }),
  PLUGIN_API_MISMATCH: (p: { plugin: string; wants: string; host: string; accepted: string; newer: boolean }) => ({
    message: `${p.plugin} was built for plugin API ${p.wants}; this host provides ${p.host}`,
    hint: p.newer
      ? `upgrade LEADer (npm install @leader/cli@latest, or the package your program imports), or install an older version of ${p.plugin}, for API ${p.accepted}`
      : `upgrade ${p.plugin} to a version for API ${p.accepted}: npm install ${p.plugin}@latest`,
  }),
  PLUGIN_API_UNDECLARED: (p: { plugin: string; manifest: string; host: string }) => ({
    message: `${p.plugin} does not state its plugin API version in ${p.manifest}`,
    hint: `if it is a LEADer plugin, add "leader": { "apiVersion": "${p.host}" } to its package.json`,
  }),
  PLUGIN_API_CONTRADICTION: (p: { plugin: string; manifest: string; object: string }) => ({
    message: `${p.plugin} states plugin API ${p.manifest} in its package.json and ${p.object} in its code`,
    hint: "its author must make the two equal",
  }),
  PLUGIN_IMPORT_FAILED: (p: { plugin: string; path: string; problem: string }) => ({
    message: `${p.plugin} could not be imported from ${p.path}: ${p.problem}`,
    hint: "this is a fault of the plugin or of its installation; reinstall it or report it to its author",
  }),
  PLUGIN_IMPORT_TIMEOUT: (p: { plugin: string; path: string; seconds: number }) => ({
    message: `${p.plugin} did not finish loading within ${p.seconds} s (${p.path})`,
    hint: "importing a plugin must not wait for anything; report it to its author",
  }),
  PLUGIN_MALFORMED: (p: { plugin: string; problem: string }) => ({
    message: `${p.plugin} is not a LEADer plugin: ${p.problem}`,
    hint: "a plugin's entry exports by default what `definePlugin({ apiVersion, name, version, stages })` returns",
  }),
  CORE_DUPLICATED: (p: { plugin: string; theirs: string; ours: string }) => ({
    message: `${p.plugin} uses its own copy of @leader/core (${p.theirs}) beside the host's (${p.ours})`,
    hint: "install one version of @leader/core; plugins should have it as a peer dependency",
  }),
  STAGE_NOT_FOUND: (p: { plugin: string; stage: string; similar: string | undefined; known: readonly string[] }) => ({
    message: `${p.plugin} has no stage \`${p.stage}\`; it has ${p.known.length === 0 ? "none" : p.known.join(", ")}`,
    hint: p.similar === undefined ? "choose one of the stages named in the message" : `did you mean \`${p.similar}\`?`,
  }),
  STAGE_KIND_MISMATCH: (p: { reference: string; expected: string; received: string; fitting: readonly string[] }) => ({
    message: `expected a stage of kind ${p.expected}, but ${p.reference} is of kind ${p.received}`,
    hint: p.fitting.length === 0 ? `choose a ${p.expected}` : `choose one of ${p.fitting.join(", ")}`,
  }),
  STAGE_CHECK_FAILED: (p: { reference: string; problem: string }) => ({
    message: `the options of ${p.reference} could not be checked: ${p.problem}`,
    hint: "this is a fault of the plugin's schema; report it to its author",
  }),
  STAGE_CREATE_FAILED: (p: { reference: string; problem: string }) => ({
    message: `${p.reference} could not be set up: ${p.problem}`,
    hint: "check its options; if they are right, report it to the author of the plugin",
  }),
  STAGE_FAILED: (p: { stage: string; problem: string }) => ({
    message: `${p.stage} failed: ${p.problem}`,
    hint: "this is a fault of the plugin; report it to its author",
  }),
  STAGE_MALFORMED: (p: { reference: string; problem: string }) => ({
    message: `${p.reference} made something that is not a stage: ${p.problem}`,
    hint: "this is a fault of the plugin; report it to its author",
  }),
  STAGE_BOUND_TWICE: (p: { stage: string }) => ({
    message: `the stage ${p.stage} is bound twice in one run`,
    hint: "this is a defect of the host; please report it",
  }),
  STAGE_INCOMPATIBLE: (p: { stage: string; capability: string; lacking: string; having: readonly string[] }) => ({
    message: `${p.stage} needs ${p.capability}, but ${p.lacking}`,
    hint:
      p.having.length === 0 ? "choose another combination of stages" : `these have it with their default options: ${p.having.join(", ")}`,
  }),

  // Runs
  MEASUREMENT_UNFIT: (p: { expected: string; received: string }) => ({
    message: `the measurement does not fit the pipeline: expected ${p.expected}, received ${p.received}`,
    hint: "check the size and the number of channels of the input, and the options of the operator",
  }),
  MEASUREMENT_NOT_FINITE: (p: { element: number; value: string; largest: number }) => ({
    message: `the measurement holds a number that nothing can be restored from: element ${p.element} is ${p.value}; the largest size is ${p.largest}`,
    hint: "correct the file that the measurement is read from; pictures and their measurements lie around [-1,1]",
  }),
  RESULT_DIVERGED: (p: { element: number; value: string; largest: number }) => ({
    message: `the restoration diverged: element ${p.element} of the result is ${p.value}, where images lie in [-1,1] and ${p.largest} is the limit`,
    hint: "check that the network's options fit its file (what it predicts, its range), and take smaller guidance weights",
  }),
  SESSION_CLOSED: (p: { what: string }) => ({
    message: `${p.what}: the session is closed`,
    hint: "open a new session with pipeline.open()",
  }),
  SAMPLES_COUNT: (p: { most: number; received: number }) => ({
    message: `samples: expected a whole number from 1 to ${p.most}, received ${p.received}`,
    hint: "8 samples give a mean and a rough deviation, 30 a good one; each costs a restoration",
  }),
  SAMPLES_UNLIKE: (p: { first: readonly number[]; other: readonly number[] }) => ({
    message: `samples of one measurement have one shape: the first is [${p.first.join()}], another [${p.other.join()}]`,
    hint: "add samples of the same measurement only",
  }),
  SAMPLES_FEW: (p: { count: number }) => ({
    message: `a standard deviation takes two samples at least, received ${p.count}`,
    hint: "ask for two or more samples",
  }),
  RECOMPILED: (p: { graph: string; before: string; after: string }) => ({
    message: `the ${p.graph} graph was compiled again within one run (${p.before} became ${p.after})`,
    hint: "a stage builds a changing number into the graph; it must take it as an input",
  }),
  RUN_CANCELLED: (p: { at: string }) => ({
    message: `the run was cancelled ${p.at}`,
    hint: "start it again; nothing was written",
    retryable: true,
  }),
  CHILD_UNAVAILABLE: (p: { entry: string; problem: string }) => ({
    message: `the computing process could not be started from ${p.entry}: ${p.problem}`,
    hint: "reinstall the package `leader-restore` (in a checkout: build it first)",
    retryable: true,
  }),
  CHILD_CRASHED: (p: { how: string; last: string; output: string; native: boolean; loading: string | undefined }) => ({
    message: `the computing process ${p.how} (${p.last})${p.output === "" ? "" : `; its last words: ${p.output}`}`,
    hint: hintOn(
      p.loading,
      p.native
        ? "native code crashed: check the model file, try another backend or provider, and update its driver"
        : "if it was not ended on purpose, the system may have run out of memory: try a smaller picture or a memory limit",
    ),
    retryable: true,
  }),
  CHILD_OUTPUT: (p: { stream: string; line: string }) => ({
    message: `the computing process wrote to ${p.stream}: ${p.line}`,
    hint: "this comes from native code or from a plugin; it may explain a later failure",
  }),
  CHILD_PROTOCOL: (p: { expected: string; received: string }) => ({
    message: `the computing process speaks another protocol: expected ${p.expected}, received ${p.received}`,
    hint: "reinstall the package `leader-restore`: its files are of different versions",
  }),
  CHILD_CONFIG: (p: { expected: string; received: string }) => ({
    message: `the computing process reads another configuration: ${p.received.slice(0, 12)} in place of ${p.expected.slice(0, 12)}`,
    hint: "find the stage whose schema gives other defaults each time it is asked (time, chance, environment), and state that option",
  }),
  CHILD_ONLY_TEXT: (p: { stage: string }) => ({
    message: `the stage ${p.stage} is an object in memory and cannot be sent to the computing process`,
    hint: "open the session with { isolate: false }, or name the stage by its plugin",
  }),
  DETAIL_UNEXPLAINED: (p: { found: number; stated: number }) => ({
    message: `the picture has fine detail as strong as noise of ${p.found.toPrecision(2)}, of which the stated blur leaves nothing and noise of ${p.stated} is stated: it would become rings or grain; state a narrower blur, or that noise`,
    hint: "state a narrower blur (--gaussian, --kernel, or the operator's options), or the noise that is named (--noise); a picture that is not blurred has nothing to gain",
  }),
  PARTS_OTHERWISE: (p: { asked: number; done: string; reason: string }) => ({
    message: `parts of ${p.asked} pixels were asked for, and it is restored ${p.done}: ${p.reason}`,
    hint: "state a larger side that the picture still exceeds, or leave --parts out (in code: parts)",
  }),
  MEMORY_TOO_SMALL: (p: { image: readonly number[]; needed: number; known: "about" | "at least"; limit: number; how: string }) => ({
    message: `restoring ${p.image[3]!} x ${p.image[2]!} pixels ${p.how} needs ${p.known} ${p.needed} MiB of memory; the limit is ${p.limit} MiB`,
    hint: `allow more with --max-memory ${Math.ceil(p.needed / 100) * 100} (\`limits.memoryMiB\`), free memory, or make the picture smaller`,
  }),
  MEMORY_LIMIT: (p: { usedMiB: number; limitMiB: number; last: string; loading: string | undefined }) => ({
    message: `the computing process used ${p.usedMiB} MiB; the limit is ${p.limitMiB} MiB (${p.last})`,
    hint: hintOn(p.loading, "restore a smaller picture, choose a smaller network, or raise the memory limit"),
    retryable: true,
  }),
  TIME_LIMIT: (p: { seconds: number; last: string; loading: string | undefined }) => ({
    message: `the run took longer than its limit of ${p.seconds} s (${p.last})`,
    hint: hintOn(p.loading, "take fewer steps, restore a smaller picture, or raise the time limit"),
    retryable: true,
  }),
  INPUT_UNKNOWN: (p: { received: string }) => ({
    message: `a picture to restore is a path, a Buffer, a Uint8Array, a stream or an array of numbers with its shape; received ${p.received}`,
    hint: "give the encoded file (PNG, JPEG, WebP or TIFF) in one of these forms",
  }),
  TASK_UNKNOWN: (p: { task: string; similar: string | undefined; known: readonly string[] }) => ({
    message: `there is no task \`${p.task}\`; there are ${p.known.join(", ")}`,
    hint: p.similar === undefined ? "choose one of them, or give a pipeline" : `did you mean \`${p.similar}\`?`,
  }),
  POOL_FULL: (p: { waiting: number }) => ({
    message: `${p.waiting} pictures are waiting already, as many as the pool's queue holds`,
    hint: "try again later, or make the pool with a longer queue or a larger maximum",
    retryable: true,
  }),
  POOL_OPTION: (p: { name: string; expected: string; received: string }) => ({
    message: `\`${p.name}\` of a pool: expected ${p.expected}, received ${p.received}`,
    hint: "correct the option of createPool()",
  }),
  POOL_CLOSED: (p: { what: string }) => ({
    message: `${p.what}: the pool is closed`,
    hint: "make a new pool with createPool()",
  }),
  LOCK_MISSING: (p: { pipeline: string; lock: string }) => ({
    message: `there is no ${p.lock} for ${p.pipeline}, in its folder or above`,
    hint: `write one: leader lock ${p.pipeline}`,
  }),
  LOCK_UNREADABLE: (p: { lock: string; problem: string }) => ({
    message: `${p.lock} cannot be read: ${p.problem}`,
    hint: "write it anew: remove it and run `leader lock`",
  }),
  LOCK_WITHOUT_PIPELINE: (p: { lock: string; name: string; known: readonly string[] }) => ({
    message: `${p.lock} does not pin ${p.name}; it pins ${p.known.length === 0 ? "nothing" : p.known.join(", ")}`,
    hint: `add it: leader lock ${p.name}`,
  }),
  LOCK_DIFFERS: (p: { lock: string; difference: string }) => ({
    message: `not what ${p.lock} pins: ${p.difference}`,
    hint: "put back what was changed, or accept it: leader lock",
  }),
  RECORD_MISSING: (p: { file: string; beside: string; problem: string }) => ({
    message: `${p.file} has no record of what made it: ${p.problem}`,
    hint: `records are kept in the results of this version on, unless --record none or --strip was given; arrays have theirs in ${p.beside}`,
  }),
  RECORD_UNREADABLE: (p: { file: string; problem: string }) => ({
    message: `the record of ${p.file} cannot be read: ${p.problem}`,
    hint: "use the version of LEADer that made the result; if its file was edited, the record is lost",
  }),
  TIME_STALLED: (p: { seconds: number; last: string; loading: string | undefined }) => ({
    message: `the computing process made no progress for ${p.seconds} s (${p.last})`,
    hint: hintOn(
      p.loading,
      "native code or a plugin hangs: try again, another backend, or a higher limit (stallSeconds) for very slow networks",
    ),
    retryable: true,
  }),
  LIMIT_INVALID: (p: { name: string; received: string }) => ({
    message: `the limit \`${p.name}\` is a number above 0, received ${p.received}`,
    hint: "leave the limit out for its default",
  }),
  PROCESS_LEFT: (p: { at: string | undefined }) => ({
    message: `code in the computing process asked it to end: process.exit was called${p.at === undefined ? "" : ` at ${p.at}`}`,
    hint: "a plugin must not end the process that it runs in: take it out of the pipeline, or report it to its author",
  }),
  UNEXPECTED: (p: { name: string; message: string; at: string | undefined }) => ({
    message: `${p.name}: ${p.message}${p.at === undefined ? "" : ` (at ${p.at})`}`,
    hint:
      p.at === undefined
        ? "this is a defect; please report it with the pipeline file"
        : "the code at that place is not LEADer's: take it out of the pipeline, or report it to its author",
  }),
});

/** What to do about a process that was ended: while a plugin is imported, it is the plugin's doing. */
function hintOn(loading: string | undefined, usual: string): string {
  if (loading === undefined) return usual;
  return `importing ${loading} does more than define stages: take it out of the pipeline, or report it to its author`;
}

/** Every error code of `leader`; a code is never reused. */
export const errors = { ...configErrors, ...pictureErrors, ...otherErrors };
