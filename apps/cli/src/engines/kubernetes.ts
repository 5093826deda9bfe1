import { stringify } from "yaml";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import type { TaskArray } from "./array.js";
import { quoted } from "./shell-word.js";

/** Options of the manifest, by `--engine-option`. */
export const kubernetesOptions: readonly string[] = ["image", "claim", "mount", "namespace", "name", "cpu", "memory", "gpu"];

/** Times that a part is tried. */
const attempts = 6;
/** Parts side by side unless it is said. */
const usualParallelism = 8;

/** The folder of the shared volume in the containers, unless it is said. */
const usualMount = "/data";

/**
 * An Indexed Job (Kubernetes 1.33): index i computes part i + 1. Exit code 42 fails an index for good, a disruption of the node does not
 * count as a try. Errors: `ENGINE_OPTION`.
 */
export function kubernetesJob({ args, tasks }: TaskArray, options: Readonly<Record<string, string>>, workers = usualParallelism): string {
  const { image, claim, mount = usualMount, namespace, name = "leader", cpu = "2", memory = "4Gi", gpu } = options;
  if (image === undefined || claim === undefined)
    throw errors.ENGINE_OPTION({
      problem: `\`${image === undefined ? "image" : "claim"}\` is missing`,
      hint: "write --engine-option image=REGISTRY/leader:TAG --engine-option claim=NAME, a volume claim with the pictures and the results",
    });
  const resources = { cpu, memory, ...(gpu === undefined ? {} : { "nvidia.com/gpu": gpu }) };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { "app.kubernetes.io/name": "leader" } },
    spec: {
      completionMode: "Indexed",
      completions: tasks,
      parallelism: Math.min(workers, tasks),
      backoffLimitPerIndex: attempts - 1,
      maxFailedIndexes: tasks,
      podFailurePolicy: {
        rules: [
          { action: "FailIndex", onExitCodes: { operator: "In", values: [exitCodes.usage, exitCodes.badInput, exitCodes.internal] } },
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
        ],
      },
      template: {
        metadata: { labels: { "app.kubernetes.io/name": "leader" } },
        spec: {
          restartPolicy: "Never",
          // SIGTERM ends a picture that is being restored between two steps.
          terminationGracePeriodSeconds: 30,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "leader",
              image,
              command: ["/bin/sh", "-c", partOfIndex(args, tasks)],
              workingDir: mount,
              resources: { requests: { cpu, memory }, limits: resources },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
              volumeMounts: [
                { name: "data", mountPath: mount },
                { name: "scratch", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: claim } },
            { name: "scratch", emptyDir: {} },
          ],
        },
      },
    },
  };
  return stringify(job, { lineWidth: 140 });
}

/** Indexes begin at 0, shards at 1. Pictures that failed are in the results (exit code 1): the part is done. */
const partOfIndex = (args: readonly string[], tasks: number): string =>
  `leader ${args.map(quoted).join(" ")} --shard "$((JOB_COMPLETION_INDEX + 1))/${tasks}"; code=$?; [ "$code" -eq ${exitCodes.someFailed} ] && exit 0; exit "$code"`;
