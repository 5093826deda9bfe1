import { defineErrors } from "@leader/graph/errors";

/** Error codes about pictures, arrays and their noise. */
export const pictureErrors = defineErrors("LEADER", {
  PICTURE_UNREADABLE: (p: { file: string; problem: string }) => ({
    message: `${p.file} cannot be read as a picture: ${p.problem}`,
    hint: "give a PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP or HEIC file that other programs open without warnings",
  }),
  PICTURE_FOREIGN: (p: { file: string; format: string; how: string }) => ({
    message: `${p.file} is ${p.format}, which is not read here`,
    hint: `convert it first: ${p.how}`,
  }),
  PICTURE_DECODER_MISSING: (p: { file: string; decoder: string; from: string }) => ({
    message: `${p.file} is a HEIC picture (HEVC), and the package ${p.decoder}, which decodes it, was not found from ${p.from}`,
    hint: `install it there: npm install ${p.decoder} (LGPL-3.0 in part, 8 MB; with -g beside a global installation); or have the phone export JPEG`,
  }),
  PICTURE_OPAQUE: (p: { file: string }) => ({
    message: `${p.file} has no transparency to take holes from`,
    hint: "erase the holes so that they are transparent, or give them as a picture of their own: black or transparent is missing",
  }),
  PICTURE_HAS_PAGES: (p: { file: string; pages: number }) => ({
    message: `${p.file} holds ${p.pages} pictures (pages or frames), and none is chosen in silence`,
    hint: "save the pages or frames as files of their own and restore the folder",
  }),
  PICTURE_SAMPLES: (p: { file: string; problem: string }) => ({
    message: `${p.file} cannot be read as a picture: ${p.problem}`,
    hint: "save it with unsigned samples of 8, 16 or 32 bits, or as 32-bit floating-point numbers from 0 (black) to 1 (white)",
  }),
  PICTURE_TOO_LARGE: (p: { file: string; pixels: number; limit: number }) => ({
    message: `${p.file} has ${p.pixels} pixels; the limit is ${p.limit}`,
    hint: "reduce or crop the picture first",
  }),
  PICTURE_FORMAT_UNKNOWN: (p: { file: string; known: readonly string[] }) => ({
    message: `the name ${p.file} does not tell a known picture format`,
    hint: `let the name end in one of ${p.known.join(", ")}`,
  }),
  FILE_MISSING: (p: { file: string }) => ({
    message: `${p.file} does not exist or cannot be opened`,
    hint: "check the path; relative paths in a pipeline file are relative to that file",
  }),
  FILE_NOT_ORDINARY: (p: { file: string; kind: string }) => ({
    message: `${p.file} is ${p.kind}, not an ordinary file`,
    hint: "give a file on a disk: pipes and devices may never end",
  }),
  FILE_TOO_LARGE: (p: { file: string; bytes: number; limit: number }) => ({
    message: `${p.file} has ${p.bytes} bytes; the limit is ${p.limit}`,
    hint: "check that this is the right file",
  }),
  FILE_EXISTS: (p: { file: string }) => ({
    message: `${p.file} exists already: another process has written it meanwhile`,
    hint: "compare the two results, or allow replacing (--overwrite)",
  }),
  FILE_NOT_WRITTEN: (p: { file: string; problem: string }) => ({
    message: `${p.file} was not written: ${p.problem}`,
    hint: "check that the folder exists, is writable and has space; nothing was left half-written",
    retryable: true,
  }),
  FILE_NOT_OFFERED: (p: { file: string; offered: readonly string[] }) => ({
    message: `a pipeline may not read the file \`${p.file}\` here; it may read ${p.offered.length === 0 ? "none" : p.offered.join(", ")}`,
    hint: "send the file along and use the name under which it is sent",
  }),
  ARRAY_UNREADABLE: (p: { file: string; problem: string }) => ({
    message: `${p.file} cannot be read as a NumPy array: ${p.problem}`,
    hint: "save it with numpy.save as a little-endian array of float32, float64, uint8, uint16, bool, int32 or int64",
  }),

  ARRAY_CHANNELS_LAST: (p: { shape: readonly number[] }) => ({
    message: `an array of shape [${p.shape.join(",")}] is no measurement of this pipeline; its channels seem to come last`,
    hint: "channels come before rows and columns, [3,H,W]: numpy.moveaxis(y, -1, 0) brings them there",
  }),
  ARRAY_OUT_OF_RANGE: (p: { file: string; low: number; high: number }) => ({
    message: `the values of ${p.file} reach from ${p.low} to ${p.high}; a measurement of pictures lies about [-1,1]`,
    hint:
      p.low >= 0
        ? `say what white is, and black is 0: --range ${p.high > 256 ? "0..65535" : "0..255"}`
        : "say which values are black and white: --range LOW..HIGH",
  }),
  NOISE_UNKNOWN: (_: Readonly<Record<string, never>>) => ({
    message: "a measurement cannot be made with `noise: auto`: there is nothing to estimate it from",
    hint: "state a number for this command: --set noise=0.05",
  }),
  NOISE_GROWS: (p: { operator: string; between: number }) => ({
    message: `noise that grows with brightness is removed only where nothing else is wrong with a picture, and the operator is ${p.operator}`,
    hint: `state one number, such as \`noise: ${p.between}\`, between the two; or remove the noise first, with the operator @leader/operators#denoising`,
  }),
  NOISE_NOT_ESTIMABLE: (p: { problem: string }) => ({
    message: `the noise cannot be estimated: ${p.problem}`,
    hint: "state its standard deviation for images in [0,1], such as `noise: 0.05` in a pipeline or `--noise 0.05`",
  }),
});
