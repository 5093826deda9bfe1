import { defineErrors } from "@leader/graph/errors";

/** Every error code of the queue; a code is never reused. */
export const errors = defineErrors("LEADER_QUEUE", {
  ADDRESS: (p: { received: string; problem: string }) => ({
    message: `\`${p.received}\` is no address of a queue: ${p.problem}`,
    hint: "write redis://host:6379, redis://:password@host:6379/1, or rediss:// for TLS",
  }),
  UNREACHABLE: (p: { address: string; problem: string; seconds: number }) => ({
    message: `the queue at ${p.address} did not answer within ${p.seconds} s: ${p.problem}`,
    hint: "start Redis 6.2 or later there, or correct the address; the same call goes on from where it was",
    retryable: true,
  }),
  OPTION: (p: { name: string; expected: string; received: string }) => ({
    message: `\`${p.name}\` takes ${p.expected}, received ${p.received}`,
    hint: "correct the option, or leave it out for its default",
  }),
  EVICTS: (p: { address: string; policy: string }) => ({
    message: `the Redis at ${p.address} may drop tasks: its maxmemory-policy is \`${p.policy}\``,
    hint: "set `maxmemory-policy noeviction` there",
  }),
  CANCELLED: (_: Readonly<Record<string, never>>) => ({
    message: "the tasks were left to the queue's workers",
    hint: "the same call finds them again",
    retryable: true,
  }),
});
