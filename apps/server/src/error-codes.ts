import { defineErrors } from "@leader/graph";

/** Every error code of the service; a code is never reused. */
export const errors = defineErrors("LEADER_SERVER", {
  // Requests
  REQUEST: (p: { problem: string }) => ({
    message: `the request cannot be read: ${p.problem}`,
    hint: "GET /openapi.json describes every request",
  }),
  FIELD: (p: { field: string; problem: string }) => ({
    message: `\`${p.field}\`: ${p.problem}`,
    hint: "correct the field, or leave it out for its default",
  }),
  PICTURE_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "the request holds no picture",
    hint: "send the picture as the body, or as the file `picture` of a form",
  }),
  NOT_A_PICTURE: (p: { problem: string }) => ({
    message: `the picture cannot be read: ${p.problem}`,
    hint: "send a PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP or HEIC file that other programs open without warnings",
  }),
  UPLOAD: (p: { name: string; problem: string }) => ({
    message: `the file \`${p.name}\`: ${p.problem}`,
    hint: "masks and kernels are sent as pictures or .npy arrays, under names of letters, digits and dashes",
  }),
  MEDIA_TYPE: (p: { received: string }) => ({
    message: `a body of type ${p.received} is not understood`,
    hint: "send the picture itself (image/png, image/jpeg, ... or application/octet-stream) or a form (multipart/form-data)",
  }),
  NOT_ACCEPTABLE: (p: { offered: readonly string[] }) => ({
    message: `none of the wanted types can be given; there are ${p.offered.join(", ")}`,
    hint: "name one of them in the header Accept",
  }),
  BODY_TOO_LARGE: (p: { limit: number }) => ({
    message: `the request has more than ${p.limit} bytes`,
    hint: "send a smaller or a better compressed file; who runs the service sets the limit (--max-bytes)",
  }),
  HEAD_TOO_LARGE: (_: Readonly<Record<string, never>>) => ({
    message: "the head of the request is too large",
    hint: "send fewer and shorter headers; fields that are long go into a form",
  }),
  EXPECTATION: (_: Readonly<Record<string, never>>) => ({
    message: "the expectation of the header Expect cannot be met",
    hint: "send `expect: 100-continue`, or leave the header out",
  }),
  PIXELS: (p: { what: string; width: number; height: number; limit: number }) => ({
    message: `${p.what} would have ${p.width}x${p.height} pixels; the limit is ${p.limit}`,
    hint: "send a smaller picture or a smaller factor; who runs the service sets the limit (--max-pixels)",
  }),
  NO_UNCERTAINTY: (_: Readonly<Record<string, never>>) => ({
    message: "an uncertainty map is wanted, and the pipeline estimates no uncertainty",
    hint: 'add an estimator, such as uncertainty: { use: "leader#stein" }',
  }),
  TIMEOUT: (p: { seconds: number }) => ({
    message: `the request did not arrive within ${p.seconds} s`,
    hint: "send it again over a faster connection",
    retryable: true,
  }),

  // Who asks
  KEY: (_: Readonly<Record<string, never>>) => ({
    message: "the request has no valid key",
    hint: "send one of the configured keys: Authorization: Bearer KEY",
  }),
  ORIGIN: (p: { what: string; received: string }) => ({
    message: `the ${p.what} \`${p.received}\` is not allowed here`,
    hint: "pages of other origins may not use this service; who runs it can allow a name (--allow-host)",
  }),

  // Restorations
  NOT_FOUND: (p: { what: string }) => ({
    message: `there is no ${p.what}`,
    hint: "results are kept for a limited time: start the restoration again",
  }),
  NOT_READY: (p: { state: string }) => ({
    message: `the restoration is ${p.state}`,
    hint: "wait for its end: GET its `events`, or its status until `state` is completed",
    retryable: true,
  }),
  NOT_ASKED: (p: { what: string; field: string }) => ({
    message: `this restoration keeps no ${p.what}`,
    hint: `start it with \`${p.field}\` set to true`,
  }),
  ENDED: (p: { state: string }) => ({
    message: `the restoration has no result: it is ${p.state}`,
    hint: "its status tells why; start it again if that can help",
  }),
  BUSY: (p: { waiting: number }) => ({
    message: `${p.waiting} restorations wait already`,
    hint: "try again after the time in the header Retry-After",
    retryable: true,
  }),
  STORE_FULL: (p: { limit: number }) => ({
    message: `pictures that wait and results that are kept fill the ${p.limit} bytes of the service`,
    hint: "try again after the time in the header Retry-After; DELETE frees a result at once",
    retryable: true,
  }),
  DRAINING: (_: Readonly<Record<string, never>>) => ({
    message: "the service is being stopped and takes no more restorations",
    hint: "try again after the time in the header Retry-After",
    retryable: true,
  }),
  STORAGE: (p: { what: string; name: string; problem: string }) => ({
    message: `the storage cannot ${p.what} \`${p.name}\`: ${p.problem}`,
    hint: "make room, or correct rights and address of the storage; then try again",
    retryable: true,
  }),
  FAILED: (p: { problem: string }) => ({
    message: `a worker could not restore it: ${p.problem}`,
    hint: "the worker's log tells more; start the restoration again if that can help",
  }),
  INTERNAL: (_: Readonly<Record<string, never>>) => ({
    message: "the service failed in a way that nobody foresaw",
    hint: "the log of the service has the details under the request's number",
  }),

  // Settings of the service
  OPTION: (p: { problem: string }) => ({ message: p.problem, hint: "correct the option of createService() or of leader serve" }),
  QUEUE_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "restorations on a queue need the package @leader/queue",
    hint: "npm install @leader/queue",
  }),
  S3_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "a storage on S3 needs the package @aws-sdk/client-s3",
    hint: "npm install @aws-sdk/client-s3",
  }),
  LISTEN: (p: { host: string; port: number; problem: string }) => ({
    message: `cannot listen on ${p.host}:${p.port}: ${p.problem}`,
    hint: "choose another port (--port) or end the program that uses it",
  }),
});
