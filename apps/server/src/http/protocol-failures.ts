import { STATUS_CODES, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { memberOf } from "@leader/graph";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { errors } from "../error-codes.js";
import type { Settings } from "../options.js";
import { failureOf, type Failure } from "./failures.js";

type Limits = Pick<Settings, "bytes" | "requestSeconds">;

/** What fails before there is a request: what is no HTTP, comes too slowly, or has an address that is none. It is answered in the one form. */
export function protocolFailures({ bytes, requestSeconds }: Limits): {
  readonly frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;
  readonly clientErrorHandler: (error: Error, socket: Duplex) => void;
} {
  return {
    frameworkErrors: (error, _request, reply) => {
      const failure = failureOf(error, bytes);
      void reply.code(failure.status).type("application/json").serializer(JSON.stringify).send(failure);
    },
    clientErrorHandler: (error, socket) => {
      // After a reset nobody is left to be told.
      if (socket.writable && memberOf(error, "code") !== "ECONNRESET") socket.end(rawAnswer(failureOfClient(error, requestSeconds)));
      else socket.destroy();
    },
  };
}

/** Answers expectations that the service cannot meet, to which Node would say nothing but the status. */
export function answerExpectations(server: Server): void {
  server.on("checkExpectation", (_request, response) => {
    const failure = failureOf(errors.EXPECTATION({}));
    response.writeHead(failure.status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(failure));
  });
}

function failureOfClient(error: Error, seconds: number): Failure {
  switch (memberOf(error, "code")) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return failureOf(errors.TIMEOUT({ seconds }));
    case "HPE_HEADER_OVERFLOW":
      return failureOf(errors.HEAD_TOO_LARGE({}));
    default:
      return failureOf(errors.REQUEST({ problem: "it is not HTTP" }));
  }
}

function rawAnswer(failure: Failure): string {
  const body = JSON.stringify(failure);
  const lines = [
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status] ?? ""}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
