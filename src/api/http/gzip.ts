// Bodies compressed by gzip, on the few routes that take them. Decompressed beside the event loop, up to the route's limit.

import { gunzip } from "node:zlib";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";

export function isGzip(contentEncoding: string): boolean {
  return contentEncoding.trim().toLowerCase() === "gzip";
}

export function unzip(bytes: Buffer, bytesMax: number): Promise<Result<Buffer, ApiError>> {
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: bytesMax }, (error, unzipped) => {
      if (error === null) return resolve(ok(unzipped));
      const isTooLarge = "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      resolve(fail(isTooLarge ? apiError("request_too_large", { limit: bytesMax }) : apiError("bad_request")));
    });
  });
}
